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

const READ_TRIMMED = 'select trimmed from feed_head';

// Of the next STEP positions, the last before the first that is too young. Its bound is a parameter: as a condition of a join
// it would make PostgreSQL read all that is kept.
const FIND_END = `
  with step as materialized (
    select position, log_id from feed_position where position > $1 order by position limit ${STEP}
  ), aged as (
    select position, coalesce(
      (select occurred_at from file_change where id = log_id) < now() - $2::bigint * interval '1 millisecond', true) as old
    from step
  )
  select coalesce((select min(position) - 1 from aged where not old), (select max(position) from aged)) as last`;

// The row of the last position stays: a cursor may stand there, and its fingerprint is compared.
const DELETE = `
  with step as materialized (
    select position, log_id from feed_position where position >= $1 and position <= $2
  ), pruned as materialized (
    select c.file_id, c.version, c.kind
    from step, lateral (select file_id, version, kind from file_change where id = step.log_id limit 1) as c
    where step.position > $1
  ), forgotten as (
    delete from idempotency_record using pruned
    where idempotency_record.file_id = ${each('pruned.file_id')} and idempotency_record.version = ${each('pruned.version')}
  ), gone as (
    delete from file_change using pruned where pruned.kind = 'DELETED' and file_change.file_id = ${each('pruned.file_id')}
  )
  delete from feed_position using step where step.position < $2 and feed_position.position = ${each('step.position')}`;

const MOVE_MARK = 'update feed_head set trimmed = $1';

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
  if (found !== null) {
    await client.query(DELETE, [found.trimmed, found.last]);
    await client.query(MOVE_MARK, [found.last]); // last, so that its row is locked for a moment only
  }
  await client.query('commit');
  return found !== null && found.last - found.trimmed >= STEP;
}

async function findEnd(client: PoolClient, retentionMs: number): Promise<{ trimmed: number; last: number } | null> {
  const { rows: heads } = await client.query<{ trimmed: string }>(READ_TRIMMED);
  const trimmed = Number(heads[0]?.trimmed);
  const { rows } = await client.query<{ last: string | null }>(FIND_END, [trimmed, retentionMs]);
  const last = Number(rows[0]?.last ?? trimmed);
  return last > trimmed ? { trimmed, last } : null;
}

/** Prunes all that is older than the retention. The work of a periodic task. */
export async function prune(pool: Pool, retentionMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await pruneStep(pool, retentionMs))) {
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}
