// Applies migrations to a database that other replicas may be using. The rules for writing one are in CONTRIBUTING.md.
import { readdir } from 'node:fs/promises';
import { parse } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { excludes, requireCompatible } from './newer-migrations.ts';
import type { MikroORM } from './orm.ts';
import { isLockTimeout } from './pg-errors.ts';

/** Whoever waits for a table's lock makes everybody wait who comes later, so nobody waits long, but often. */
const LOCK_TIMEOUT_MS = 2_000;
const PAUSE_MS = 1_000;
const ATTEMPTS = 30;

/** In the name of a migration that cannot run in a transaction: CREATE INDEX CONCURRENTLY, updates in batches. */
const OUTSIDE = '_concurrently';

export interface Waiting {
  readonly lockTimeoutMs: number;
  readonly pauseMs: number;
  readonly attempts: number;
}

/**
 * @param signal ends it before the next migration
 * @throws StartupError DATABASE_BUSY, DATABASE_IN_USE, DATABASE_NEWER; what was applied before stays
 */
export async function applyMigrations(
  orm: MikroORM,
  log: Logger,
  waiting: Waiting = { lockTimeoutMs: LOCK_TIMEOUT_MS, pauseMs: PAUSE_MS, attempts: ATTEMPTS },
  signal?: AbortSignal,
): Promise<void> {
  await useOwnSchema(orm);
  const applied = (await orm.migrator.getExecuted()).map(({ name }) => name);
  const pending = (await orm.migrator.getPending()).map(({ name }) => name);
  requireCompatible(applied, await readKnown(orm), log);
  // Replicas that are running know what was applied before now.
  if (pending.some((name) => excludes(name, applied))) await requireAlone(orm, pending);
  for (const name of pending) {
    signal?.throwIfAborted();
    await withRetries(orm, log, name, waiting);
    log.info({ migration: name }, 'migrated');
  }
}

/**
 * Names of the migrations that the database lacks; changes nothing.
 * @throws StartupError DATABASE_NEWER
 */
export async function findMissing(orm: MikroORM, log: Logger): Promise<string[]> {
  const known = await readKnown(orm);
  const [own] = await orm.em.fork().execute<[{ is: boolean }]>("select to_regclass('migration') is not null as is");
  if (!own.is) return known;
  const rows = await orm.em.fork().execute<{ name: string }[]>('select name from migration');
  const applied = rows.map(({ name }) => name);
  requireCompatible(applied, known, log);
  return known.filter((name) => !applied.includes(name));
}

/** MikroORM looks for its own table in `public` unless it is told otherwise, and would make it again at every start. */
async function useOwnSchema(orm: MikroORM): Promise<void> {
  const [own] = await orm.em.getConnection().execute<{ schema: string | null }[]>('select current_schema() as schema');
  // As PostgreSQL itself would say with the first table (invalid_schema_name).
  if (own!.schema === null)
    throw Object.assign(new Error('no schema has been selected to create in'), { code: '3F000' });
  orm.config.set('migrations', { ...orm.config.get('migrations'), tableName: `${own!.schema}.migration` });
}

/** Names of all migrations of this version. */
async function readKnown(orm: MikroORM): Promise<string[]> {
  const { path, migrationsList } = orm.config.get('migrations');
  if (migrationsList !== undefined) return migrationsList.map((each) => each.name);
  return (await readdir(path!)).map((file) => parse(file).name);
}

async function withRetries(orm: MikroORM, log: Logger, name: string, waiting: Waiting): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await applyOne(orm, name, waiting.lockTimeoutMs);
      return;
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      const message = `migration ${name} waits for a lock: others are using its tables (pg_stat_activity)`;
      if (attempt >= waiting.attempts) throw new StartupError('DATABASE_BUSY', message, { cause: error });
      log.warn({ migration: name, attempt }, message);
      await sleep(waiting.pauseMs);
    }
  }
}

async function applyOne(orm: MikroORM, name: string, lockTimeoutMs: number): Promise<void> {
  if (name.includes(OUTSIDE)) {
    await orm.migrator.up({ migrations: [name] });
    return;
  }
  await orm.em.fork().transactional(async (em) => {
    await em.execute(`select set_config('lock_timeout', ?, true)`, [String(lockTimeoutMs)]);
    await orm.migrator.up({ migrations: [name], transaction: em.getTransactionContext()! });
  });
}

async function requireAlone(orm: MikroORM, pending: readonly string[]): Promise<void> {
  const [others] = await orm.em.fork().execute<[{ n: number }]>(
    `select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
       and application_name like 'waybill-%' and not (application_name like 'waybill-migrate%' or application_name like 'waybill-start%')`,
  );
  if (others.n === 0) return;
  const message =
    `this version changes the database in a way that replicas of the version before must not run beside ` +
    `(${pending.join(', ')}), and ${others.n} of their connections are open: stop them first`;
  throw new StartupError('DATABASE_IN_USE', message);
}
