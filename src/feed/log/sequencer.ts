// Gives committed log rows their positions in the feed. One replica at a time sequences: the one that holds the advisory
// lock. The ids of the rows would not do as positions: a row that commits late would be skipped by every cursor that has
// already passed its id (docs/adr/0003).
import type { Pool, PoolClient } from 'pg';
import { ADVISORY_LOCKS } from '../../db/advisory-locks.ts';
import { Connection } from '../../db/connection.ts';
import { PLANNER_SETTINGS, each } from '../../db/planner.ts';
import { asService } from '../../db/scope.ts';
import type { LoggedChange } from '../change.ts';
import { FEED_CHANNEL } from '../notify/channels.ts';
import { COLUMNS, type ChangeRow, NAMES, toChange } from './reader.ts';

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
// one before has committed and released the row lock.
// Only the sequencer notifies, never a writer: NOTIFY takes a server-wide lock at commit, which reduced 15.9k transactions
// a second to 4.4k.
const SEQUENCE = {
  name: 'waybill_sequence',
  text: `with batch as (
    select id, row_number() over (order by id) as place
    from file_change where position is null order by id limit ${SEQUENCE_BATCH}
  ), head as (
    update feed_head set position = position + (select count(*) from batch)
    where id = 1 and exists (select from batch)
    returning position as last, position - (select count(*) from batch) as base
  ), placed as (
    update file_change set position = head.base + batch.place
    from batch, head where file_change.id = ${each('batch.id')}
    returning ${COLUMNS}
  )
  select ${NAMES}, (select pg_notify('${FEED_CHANNEL}', last::text) from head) as told from placed order by position`,
};

/** Called between the update and its commit, where a test may kill the process. */
export type SequencerFailpoint = () => void | Promise<void>;

/**
 * Sequences one batch in a transaction of its own and notifies every replica.
 * @returns the changes that were given a position, in feed order
 */
export async function sequenceBatch(pool: Pool, midSequence?: SequencerFailpoint): Promise<LoggedChange[]> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    return await asService(() => sequenceOn(client, midSequence));
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken); // a connection that failed halfway is not reused
  }
}

/** All in one round trip: changes are delivered earlier, and a process that is stopped meanwhile does not keep the lock. */
async function sequenceOn(client: PoolClient, midSequence?: SequencerFailpoint): Promise<LoggedChange[]> {
  const connection = new Connection(client);
  connection.send({ text: 'begin isolation level read committed' });
  connection.send(OPEN);
  connection.send(LOCK);
  const sequencing = connection.query<ChangeRow>(SEQUENCE);
  if (midSequence !== undefined && (await sequencing).length > 0) await midSequence();
  const [sequenced] = await Promise.all([sequencing, connection.commit()]);
  return sequenced.map(toChange);
}
