// Gives committed log rows their places in the feed. One sequencer works at a time, whichever replica has the advisory
// lock. Why not the sequence's own numbers: a row whose transaction commits late would be skipped by every cursor that
// has already passed its number (docs/adr/0003).
import type { Pool, PoolClient } from 'pg';
import { ADVISORY_LOCKS } from '../db/advisory-locks.ts';
import { prepare } from '../db/prepared.ts';
import type { LoggedChange } from './change.ts';
import { FEED_CHANNEL } from './channels.ts';
import { COLUMNS, type Row, toChange } from './log-reader.ts';

export const SEQUENCE_BATCH = 1_000;

/**
 * The holder may be stopped (SIGSTOP, a long pause) or cut off with the lock in its hands: the server ends its session
 * then, and the next in line goes on. Well below the 5 s within which a takeover is promised.
 */
const HOLDER_TIMEOUT_MS = 1_500;
// Whoever waits longer lets the poll ask again, so that a replica that stops does not hang here.
const QUEUE_TIMEOUT_MS = 3_000;

// Scans and the joins that need them are off because a plan that is kept outlives the statistics it was made from
// (docs/adr/0014).
const OPEN = prepare(
  'open_sequencing',
  `select set_config('idle_in_transaction_session_timeout', '${HOLDER_TIMEOUT_MS}', true),
    set_config('statement_timeout', '${QUEUE_TIMEOUT_MS}', true), set_config('lock_timeout', '${QUEUE_TIMEOUT_MS}', true),
    set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true)`,
);

// Waiting in line, not trying: a row committed after the holder's snapshot would wait for the next poll otherwise. A
// statement of its own: in one with the update, the snapshot would be older than the lock. That they are sent together
// makes no difference to that: each statement takes its own snapshot.
const LOCK = prepare('lock_sequencing', `select pg_advisory_xact_lock(${ADVISORY_LOCKS.sequencer})`);

// id order within a file is version order: the next version is inserted only after the row lock of the one before is
// released by its commit.
// NOTIFY in the sequencer's transaction and in no writer's: it takes a lock on the whole server at commit, which brought
// 15.9k transactions a second down to 4.4k.
const SEQUENCE = prepare(
  'sequence',
  `with batch as (
    select id, row_number() over (order by id) as place
    from file_change where position is null order by id limit ${SEQUENCE_BATCH}
  ), head as (
    update feed_head set position = position + (select count(*) from batch)
    where exists (select from batch)
    returning position as last, position - (select count(*) from batch) as base
  ), placed as (
    update file_change set position = head.base + batch.place
    from batch, head where file_change.id = batch.id
    returning ${COLUMNS}
  )
  select ${COLUMNS}, (select pg_notify('${FEED_CHANNEL}', last::text) from head) as told from placed order by position`,
);

/** A point where a test may end the process: between the places being given and their commit. */
export type SequencerSeam = () => void | Promise<void>;

/**
 * Sequences one batch in a transaction of its own and tells every replica.
 * @returns the changes that got their position, in its order
 */
export async function sequenceBatch(pool: Pool, midSequence?: SequencerSeam): Promise<LoggedChange[]> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    return await sequenceOn(client, midSequence);
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken); // a connection that failed half way is not given to the next one
  }
}

/** All in one round trip: a change is heard that much earlier, and a process that stops does so without the lock. */
async function sequenceOn(client: PoolClient, midSequence?: SequencerSeam): Promise<LoggedChange[]> {
  const sent = ['begin', OPEN.text, LOCK.text, SEQUENCE.text].map((text) => client.query<Row>(text));
  if (midSequence !== undefined) {
    const results = await Promise.all(sent);
    if (results.at(-1)?.rowCount !== 0) await midSequence();
  }
  // After an error COMMIT is a rollback; the error is what is thrown, because it came first.
  const [, , , placed] = await Promise.all([...sent, client.query<Row>('commit')]);
  return placed?.rows.map(toChange) ?? [];
}
