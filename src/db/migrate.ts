// Brings the database to the current schema. Replicas that start together take turns under an advisory lock.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { StartupError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { ADVISORY_LOCKS } from './advisory-locks.ts';
import { applyMigrations, findMissing } from './apply-migrations.ts';
import { describeMigrationError } from './migration-errors.ts';
import { liftLogIds } from './log-ids.ts';
import { ensureNameIndex } from './name-index.ts';
import { type MikroORM, createOrm } from './orm.ts';
import { createClient } from './client.ts';
import { WITHOUT_TIME_LIMIT, setUpSession } from './session.ts';

/** Longer than migrations of a large table usually take: the others wait while one replica migrates. */
const PATIENCE_MS = 10 * 60_000;
const PAUSE_MS = 250;
const FIRST_WORD_MS = 5_000;

/** The connection is idle for as long as the migrations take. */
const ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 5_000 };

export interface MigrationOptions {
  /** How long to wait for another process that migrates, milliseconds. */
  readonly patienceMs?: number;
}

/**
 * @param url a direct connection: a pooler in transaction mode may give every statement another server connection
 * @throws StartupError MIGRATION_FAILED, in words for whoever runs the service
 */
export async function migrate(
  orm: MikroORM,
  url: string,
  log: Logger,
  { patienceMs = PATIENCE_MS }: MigrationOptions = {},
): Promise<void> {
  const client = createClient(url, 'migrate', ALIVE);
  // Without it another process may migrate too.
  const lost = new AbortController();
  client.on('error', (error) => lost.abort(error));
  try {
    await client.connect();
    await setUpSession(client, url, WITHOUT_TIME_LIMIT);
    await lock(client, log, patienceMs);
    await applyMigrations(orm, log, undefined, lost.signal);
    await liftLogIds(client, log);
    await ensureNameIndex(url, log);
    await client.query('commit');
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const reason = await describeMigrationError(error, client);
    throw new StartupError('MIGRATION_FAILED', `cannot migrate the database: ${reason}`, { cause: error });
  } finally {
    await Promise.race([client.end(), sleep(FIRST_WORD_MS, undefined, { ref: false })]).catch(() => undefined);
  }
}

/**
 * For a user who is not the owner of the tables and may only read which migrations there are.
 * @throws StartupError MIGRATION_FAILED, DATABASE_NEWER
 */
export async function requireMigrated(url: string, log: Logger): Promise<void> {
  const orm = createOrm({ url, name: 'migrate', max: 1 });
  try {
    const missing = await findMissing(orm, log);
    if (missing.length === 0) return;
    const message =
      `the database lacks ${missing.length} migrations, and the user of DATABASE_URL is WAYBILL_DATABASE_ROLE, which may ` +
      'not make them: run "npm run migrate" first, with the same WAYBILL_DATABASE_ROLE and a DATABASE_URL of the owner ' +
      'of the tables';
    throw new StartupError('MIGRATION_FAILED', message);
  } finally {
    await orm.close();
  }
}

/**
 * The lock is the transaction's, on a connection of its own: it is released if this process dies half way, and it cannot stay
 * behind on the server connection of a pooler, as a session's lock does.
 */
async function lock(client: Client, log: Logger, patienceMs: number): Promise<void> {
  const startedAt = performance.now();
  await client.query('begin isolation level read committed');
  for (let isSaid = false; ;) {
    // Without parameters: in the extended protocol the portal stays open, and with its snapshot CREATE INDEX CONCURRENTLY
    // would wait for this transaction for ever.
    const { rows } = await client.query<{ locked: boolean }>(
      `select pg_try_advisory_xact_lock(${ADVISORY_LOCKS.migrate}) as locked`,
    );
    if (rows[0]?.locked === true) return;
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > Math.min(patienceMs, FIRST_WORD_MS) && !isSaid) {
      isSaid = true;
      log.info({ holder: await describeHolder(client) }, 'waiting for another process that migrates');
    }
    if (waitedMs > patienceMs) {
      const seconds = Math.round(patienceMs / 1_000);
      throw new StartupError(
        'MIGRATION_FAILED',
        `cannot migrate the database: another process has held the lock of migrations for ${seconds} s: ` +
          `${await describeHolder(client)}. End it if it hangs (select pg_terminate_backend(pid)), then start again`,
      );
    }
    await sleep(PAUSE_MS);
  }
}

/** A bigint key of an advisory lock is shown in two halves (https://www.postgresql.org/docs/current/view-pg-locks.html). */
const HOLDER = `
  select a.pid, a.application_name as name, coalesce(host(a.client_addr), 'a local socket') as address, a.state,
    to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since
  from pg_locks l join pg_stat_activity a using (pid)
  where l.locktype = 'advisory' and l.granted and l.objsubid = 1
    and l.database = (select oid from pg_database where datname = current_database())
    and ((l.classid::bigint << 32) | l.objid::bigint) = $1`;

interface Holder {
  readonly pid: number;
  readonly name: string;
  readonly address: string;
  readonly state: string | null;
  readonly since: string | null;
}

async function describeHolder(client: Client): Promise<string> {
  const { rows } = await client.query<Holder>(HOLDER, [ADVISORY_LOCKS.migrate]);
  const [holder] = rows;
  if (holder === undefined) return 'a process that has ended meanwhile';
  const { pid, name, address, state, since } = holder;
  return `pid ${pid}, ${name || 'without a name'}, from ${address}, ${state ?? 'state unknown'}, connected since ${since ?? '?'}`;
}
