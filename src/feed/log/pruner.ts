// Prunes the feed of changes older than the retention, in small steps that lock nothing for long. After that no cursor
// reaches them, but the history of a file stays readable while the file exists: its rows are deleted when the row of its
// deletion is pruned (docs/adr/0008).
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { ADVISORY_LOCKS } from '../../db/advisory-locks.ts';
import { PLANNER_SETTINGS, each } from '../../db/planner.ts';
import { asService } from '../../db/scope.ts';

/** Positions pruned in one transaction, and the pause before the next. */
const STEP = 1_000;
const PAUSE_MS = 50;

const TRY_LOCK = `select pg_try_advisory_xact_lock(${ADVISORY_LOCKS.retention}) as held, ${PLANNER_SETTINGS}`;

// Of the next STEP positions, the last before the first that is too young.
const FIND_END = `
  with step as (
    select c.position, c.occurred_at < now() - $1::bigint * interval '1 millisecond' as old
    from file_change c, feed_head where c.position > feed_head.trimmed
    order by c.position limit ${STEP}
  )
  select coalesce((select min(position) - 1 from step where not old), (select max(position) from step)) as last,
    (select trimmed from feed_head) as trimmed`;

const PRUNE = `
  with ended as (
    select file_id from file_change where kind = 'DELETED' and position > $1 and position <= $2
  ), forgotten as (
    delete from idempotency_record using file_change c
    where c.position > $1 and c.position <= $2
      and idempotency_record.file_id = ${each('c.file_id')} and idempotency_record.version = ${each('c.version')}
  ), gone as (
    delete from file_change using ended where file_change.file_id = ${each('ended.file_id')}
  )
  update feed_head set trimmed = $2`;

/** @returns whether there may be more to prune at once */
export async function pruneStep(pool: Pool, retentionMs: number): Promise<boolean> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    return await asService(() => pruneOn(client, retentionMs));
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}

async function pruneOn(client: PoolClient, retentionMs: number): Promise<boolean> {
  await client.query('begin isolation level read committed');
  const { rows: locked } = await client.query<{ held: boolean }>(TRY_LOCK);
  const found = locked[0]?.held === true ? await findEnd(client, retentionMs) : null;
  if (found !== null) await client.query(PRUNE, [found.trimmed, found.last]);
  await client.query('commit');
  return found !== null && found.last - found.trimmed >= STEP;
}

async function findEnd(client: PoolClient, retentionMs: number): Promise<{ trimmed: number; last: number } | null> {
  const { rows } = await client.query<{ last: string | null; trimmed: string }>(FIND_END, [retentionMs]);
  const trimmed = Number(rows[0]?.trimmed);
  const last = Number(rows[0]?.last ?? trimmed);
  return last > trimmed ? { trimmed, last } : null;
}

/** Prunes all that is older than the retention. The work of a periodic task. */
export async function prune(pool: Pool, retentionMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await pruneStep(pool, retentionMs))) {
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}
