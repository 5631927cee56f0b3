// Gives committed log rows their places in the feed. One sequencer works at a time, whichever replica has the advisory
// lock. Why not the sequence's own numbers: a row whose transaction commits late would be skipped by every cursor that
// has already passed its number (docs/adr/0003).
import type { Pool } from 'pg';
import { ADVISORY_LOCKS } from '../db/advisory-locks.ts';

export const SEQUENCE_BATCH = 1_000;

// A statement of its own: in one statement with the update, the snapshot would be older than the lock.
const TRY_LOCK = 'select pg_try_advisory_xact_lock($1) as held';

// id order within a file is version order: the next version is inserted only after the row lock of the one before is
// released by its commit.
const SEQUENCE = `
  with batch as (
    select id, row_number() over (order by id) as place
    from file_change where position is null order by id limit $1
  ), head as (
    update feed_head set position = position + (select count(*) from batch)
    returning position - (select count(*) from batch) as base
  )
  update file_change set position = head.base + batch.place
  from batch, head where file_change.id = batch.id`;

/**
 * Sequences one batch in a transaction of its own.
 * @returns how many rows got their position; null when another replica is at it
 */
export async function sequenceBatch(pool: Pool): Promise<number | null> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const { rows } = await client.query<{ held: boolean }>(TRY_LOCK, [ADVISORY_LOCKS.sequencer]);
    const sequenced = rows[0]?.held === true ? await client.query(SEQUENCE, [SEQUENCE_BATCH]) : null;
    await client.query('commit');
    return sequenced === null ? null : (sequenced.rowCount ?? 0);
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken); // a connection that failed half way is not given to the next one
  }
}
