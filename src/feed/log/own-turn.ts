// A batch gives its changes their positions with its own commit (docs/adr/0042), as the sequencer does after it: that is a
// transaction less for each lone change. It takes all that wait, and only if no id of the log is missing among them or before.
// Everything else is left to the sequencer: ids that are missing, a lock that another has, more rows than these.
//
// What the sequencer says of itself holds here too (sequencer.ts): the lock is taken by a statement of its own, before the
// snapshot that looks for rows. It is not waited for, so that batches never wait for each other. An id that is missing
// cannot be given up here, because this transaction has its own id from the start; so none may be missing.
import { ADVISORY_LOCKS } from '../../db/advisory-locks.ts';
import type { Transaction } from '../../db/transact.ts';
import { FEED_CHANNEL } from '../notify/channels.ts';
import type { Place } from '../place.ts';

/** Rows that are given positions so at most: while it has the lock, a batch holds up the sequencer. */
export const TURN_ROWS = 128;

/** Of the transaction: whether it has the sequencer's lock. */
const HAS_LOCK = 'waybill.has_turn';

const TRY_LOCK = {
  name: 'waybill_try_turn',
  text: `select set_config('${HAS_LOCK}', pg_try_advisory_xact_lock(${ADVISORY_LOCKS.sequencer})::text, true)`,
  isQuick: true,
};

// Ids without a gap: the place of a row is its distance from `seen`. Of the rows found, those of this transaction are counted by
// who has written them (https://www.postgresql.org/docs/current/ddl-system-columns.html). Parameters: how many rows at most,
// whether to notify, and how many rows are this transaction's.
const GIVE_POSITIONS = {
  name: 'waybill_take_turn',
  text: `with newest as materialized (
    select position, fingerprint, seen, missing from feed_position
    where current_setting('${HAS_LOCK}') = 'true' order by position desc limit 1
  )
  insert into feed_position (position, log_id, fingerprint, seen)
  select position + id - newest.seen, id, (floor(random() * 4294967296) - 2147483648)::int, case when id = last then last end
  from newest, lateral (
    select id, count(*) over () as size, max(id) over () as last,
      count(*) filter (where xmin = pg_current_xact_id()::xid) over () as own
    from (select id, xmin from file_change where id > newest.seen order by id limit $1 + 1) as later) as waiting
  where missing is null and last = newest.seen + size and size <= $1 and own = $3
  returning position, fingerprint, (select fingerprint from newest) as fingerprint_before,
    case when $2 and seen is not null then pg_notify('${FEED_CHANNEL}', position::text) end`,
};

interface Row {
  readonly position: string;
  readonly fingerprint: number;
  readonly fingerprint_before: number;
}

/** Places that were given, in the order of the log; they stand together in the feed. */
export interface Given {
  /** The place that the first of them follows. */
  readonly after: Place;
  readonly places: readonly [Place, ...Place[]];
}

/**
 * Behind the last write of a transaction; leaves with its COMMIT. The positions hold if that succeeds.
 * @param rows that the transaction has added to the log
 * @param notify whether the commit notifies the other replicas
 * @returns null: nothing was given a position; otherwise all rows of the transaction were, and perhaps others
 */
export async function takeTurn(transaction: Transaction, rows: number, notify: boolean): Promise<Given | null> {
  transaction.send(TRY_LOCK, []);
  const given = await transaction.query<Row>(GIVE_POSITIONS, [TURN_ROWS, notify, rows]);
  const [first, ...others] = given.map(placeOfRow).toSorted((a, b) => a.position - b.position);
  if (first === undefined) return null;
  const after = { position: first.position - 1, fingerprint: given[0]!.fingerprint_before };
  return { after, places: [first, ...others] };
}

const placeOfRow = ({ position, fingerprint }: Row): Place => ({ position: Number(position), fingerprint });
