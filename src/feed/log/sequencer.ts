// Gives committed log rows their positions in the feed. One replica at a time sequences: the one that holds the advisory
// lock. The ids of the rows would not do as positions: a row that commits late would be skipped by every cursor that has
// already passed its id (docs/adr/0003).
//
// How it finds the rows without a position (docs/adr/0026): the newest row of feed_position says up to which id the log was
// looked at (`seen`), and which ids up to there no row had yet (`missing`). So it looks above `seen` and in the gaps, and at
// nothing else. A missing id is given up when no transaction can bring it any more: ids of the log are taken by transactions
// that have their own id already (src/db/transact.ts), and the sequencer takes its own id (`settles_at`) after it
// has seen the ids up to `settles_to`. So whoever holds one of those has a lower transaction id, and has ended once no
// transaction below `settles_at` runs. `pg_snapshot_xmax` would not do instead: transactions that run may be above it.
import type { Pool, PoolClient } from 'pg';
import { ADVISORY_LOCKS } from '../../db/advisory-locks.ts';
import { BEGIN, Connection } from '../../db/connection.ts';
import { PLANNER_SETTINGS } from '../../db/planner.ts';
import { asService } from '../../db/scope.ts';
import { FEED_CHANNEL } from '../notify/channels.ts';
import { type PageRequest, valuesOf } from './pages.ts';
import { PAGE, type PageRow } from './reader.ts';

/** Rows that are given positions in one transaction. */
export const SEQUENCE_BATCH = 1_000;

/**
 * A holder of the lock may be stopped (SIGSTOP, a long pause) or disconnected: after this time the server ends its session
 * and the next replica takes over. Well below the 5 s within which a takeover is promised.
 */
const HOLDER_TIMEOUT_MS = 1_500;
// A replica that waits longer gives up until its next poll, so that it can stop.
const QUEUE_TIMEOUT_MS = 3_000;

const OPEN = {
  name: 'waybill_open_sequencing',
  text: `select set_config('idle_in_transaction_session_timeout', '${HOLDER_TIMEOUT_MS}', true),
    set_config('statement_timeout', '${QUEUE_TIMEOUT_MS}', true), set_config('lock_timeout', '${QUEUE_TIMEOUT_MS}', true),
    ${PLANNER_SETTINGS}`,
};

// It waits for the lock instead of trying it: otherwise a row committed after the holder's snapshot would wait for the
// next poll. It is a statement of its own: in one statement with the update, the snapshot would be older than the lock.
// Sending both together does not change that, since each statement takes its own snapshot.
const LOCK = {
  name: 'waybill_lock_sequencing',
  text: `select pg_advisory_xact_lock(${ADVISORY_LOCKS.sequencer})`,
};

// Within a file the order of ids is the order of versions: the next version is inserted only after the transaction of the
// one before has committed and released the row lock. So the batch is the lowest ids of all that are found.
// `pg_current_xact_id` gives this transaction its id when the statement runs, which is after its snapshot was taken: nothing
// before it may do so. Missing ids are given up only if all rows among them that the snapshot sees are in this batch.
// Only who has the sequencer's lock notifies: NOTIFY takes a server-wide lock at commit, which reduced 15.9k transactions
// a second to 4.4k. Parameters: how many rows, and whether to notify.
const SEQUENCE = {
  name: 'waybill_sequence',
  text: `with newest as materialized (
    select position, seen, coalesce(missing, '{}') as missing, settles_to, settles_at
    from feed_position order by position desc limit 1
  ), waiting as (
    select later.id from newest, lateral (
      select id from file_change where id > newest.seen order by id limit $1) as later
    union all
    select late.id from newest, unnest(newest.missing) as gap, lateral (
      select id from file_change where id >= lower(gap) and id < upper(gap) order by id limit $1) as late
  ), batch as materialized (
    select id, row_number() over (order by id) as place from waiting order by id limit $1
  ), extent as (
    select count(*) as size, max(id) as last from batch
  ), found as (
    select range_agg(run) as ids from (select int8range(min(id), max(id), '[]') as run from batch group by id - place) as runs
  ), looked as (
    select newest.position, extent.size, greatest(seen, last) as seen, settles_to, settles_at,
      missing + int8multirange(int8range(seen, greatest(seen, last), '(]')) - found.ids as missing,
      settles_at is not null and settles_at <= pg_snapshot_xmin(pg_current_snapshot())
        and (extent.size < $1 or last >= settles_to) as is_settled
    from newest, extent, found where extent.size > 0
  ), left_over as materialized (
    select position, size, seen, settles_to, settles_at, is_settled, pg_current_xact_id() as own_id,
      nullif(case when is_settled then missing - int8multirange(int8range(null, settles_to, '(]')) else missing end, '{}')
        as missing
    from looked
  ), settling as materialized (
    select position, size, seen, missing,
      case when missing is null then null when keeps then settles_to else seen end as settles_to,
      case when missing is null then null when keeps then settles_at else own_id end as settles_at
    from (select *, settles_at is not null and not is_settled and settles_at <= own_id as keeps from left_over) as l
  ), placed as (
    insert into feed_position (position, log_id, fingerprint, seen, missing, settles_to, settles_at)
    select settling.position + batch.place, batch.id, (floor(random() * 4294967296) - 2147483648)::int,
      case when is_last then settling.seen end, case when is_last then settling.missing end,
      case when is_last then settling.settles_to end, case when is_last then settling.settles_at end
    from settling, lateral (select id, place, place = settling.size as is_last from batch) as batch
  )
  select size, position + size as head, missing is null as is_whole,
    case when $2 then pg_notify('${FEED_CHANNEL}', (position + size)::text) end
  from settling`,
};

/** Called between the insert and its commit, where a test may kill the process. */
export type SequencerFailpoint = () => void | Promise<void>;

export interface SequenceOptions {
  readonly rows?: number;
  /** A page to read behind the commit, on the way back. */
  readonly page?: PageRequest;
  /** Whether the commit notifies the other replicas; left out: it does. */
  readonly notify?: boolean;
  readonly midSequence?: SequencerFailpoint | undefined;
}

export interface Sequenced {
  /** How many changes were given a position. */
  readonly count: number;
  /** The newest position then; 0: no change was given one. */
  readonly head: number;
  /** Whether no id is missing up to it. */
  readonly isWhole: boolean;
  /** Null: it was not asked for, or could not be read. */
  readonly page: readonly PageRow[] | null;
}

/** Sequences one batch in a transaction of its own. */
export async function sequenceBatch(pool: Pool, options: SequenceOptions = {}): Promise<Sequenced> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    return await asService(() => sequenceOn(client, options));
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken); // a connection that failed halfway is not reused
  }
}

/** All in one round trip: changes are delivered earlier, and a process that is stopped meanwhile does not keep the lock. */
async function sequenceOn(
  client: PoolClient,
  { rows = SEQUENCE_BATCH, page, notify = true, midSequence }: SequenceOptions,
): Promise<Sequenced> {
  const connection = new Connection(client);
  connection.send(BEGIN);
  connection.send(OPEN);
  connection.send(LOCK);
  const sequencing = connection.query<{ size: string; head: string; is_whole: boolean }>(SEQUENCE, [rows, notify]);
  if (midSequence !== undefined && (await sequencing).length > 0) await midSequence();
  const committed = connection.commit();
  // Of its own, behind the commit: a row that cannot be read does not keep others from their positions.
  const reading = page === undefined ? null : connection.query<PageRow>(PAGE, valuesOf(page)).catch(() => null);
  const [[sequenced], , read] = await Promise.all([sequencing, committed, reading]);
  const isWhole = sequenced?.is_whole ?? false;
  return { count: Number(sequenced?.size ?? 0), head: Number(sequenced?.head ?? 0), isWhole, page: read };
}
