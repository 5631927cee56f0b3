// Cuts the feed where it is older than the retention, in small steps that lock nothing for long. What a cursor can reach
// is cut; the history of a file that still lives stays, and goes with the file: when the row that tells of a deletion is
// cut, all rows of that file are (docs/adr/0008).
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { ADVISORY_LOCKS } from '../db/advisory-locks.ts';
import type { Logger } from '../log.ts';

export interface RetentionOptions {
  readonly pool: Pool;
  readonly log: Logger;
  readonly retentionMs: number;
  /** Milliseconds between looks for something to cut. */
  readonly everyMs: number;
}

/** Positions cut in one transaction, and the pause before the next. */
const STEP = 1_000;
const PAUSE_MS = 50;

const TRY_LOCK = `select pg_try_advisory_xact_lock(${ADVISORY_LOCKS.retention}) as held`;

// The prefix of the next STEP positions that is old enough: up to just before the first that is not.
const FIND_END = `
  with step as (
    select c.position, c.occurred_at < now() - $1::bigint * interval '1 millisecond' as old
    from file_change c, feed_head where c.position > feed_head.trimmed
    order by c.position limit ${STEP}
  )
  select coalesce((select min(position) - 1 from step where not old), (select max(position) from step)) as last,
    (select trimmed from feed_head) as trimmed`;

const CUT = `
  with ended as (
    select file_id from file_change where kind = 'DELETED' and position > $1 and position <= $2
  ), forgotten as (
    delete from idempotency_record using file_change c
    where c.position > $1 and c.position <= $2
      and idempotency_record.file_id = c.file_id and idempotency_record.version = c.version
  ), gone as (
    delete from file_change using ended where file_change.file_id = ended.file_id
  )
  update feed_head set trimmed = $2`;

/**
 * One step.
 * @returns whether there may be more to cut right away
 */
export async function cutStep(pool: Pool, retentionMs: number): Promise<boolean> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    return await cutOn(client, retentionMs);
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}

async function cutOn(client: PoolClient, retentionMs: number): Promise<boolean> {
  await client.query('begin');
  const { rows: locked } = await client.query<{ held: boolean }>(TRY_LOCK);
  const found = locked[0]?.held === true ? await findEnd(client, retentionMs) : null;
  if (found !== null) await client.query(CUT, [found.trimmed, found.last]);
  await client.query('commit');
  return found !== null && found.last - found.trimmed >= STEP;
}

async function findEnd(client: PoolClient, retentionMs: number): Promise<{ trimmed: number; last: number } | null> {
  const { rows } = await client.query<{ last: string | null; trimmed: string }>(FIND_END, [retentionMs]);
  const trimmed = Number(rows[0]?.trimmed);
  const last = Number(rows[0]?.last ?? trimmed);
  return last > trimmed ? { trimmed, last } : null;
}

export class Retention {
  readonly #options: RetentionOptions;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { everyMs, log } = this.#options;
    while (!this.#stopping.signal.aborted) {
      await this.#cutAll().catch((error: unknown) => log.warn({ err: error }, 'the log could not be cut'));
      await this.#pause(everyMs);
    }
  }

  async #cutAll(): Promise<void> {
    const { pool, retentionMs } = this.#options;
    while (!this.#stopping.signal.aborted && (await cutStep(pool, retentionMs))) await this.#pause(PAUSE_MS);
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}
