// Statistics of our tables. PostgreSQL's autovacuum keeps them, but it begins a minute or more after a restore, a major
// upgrade or the first thousands of files, and some operators switch it off.
import { type RawBuilder, sql } from 'kysely';
import type { Logger } from '../log.ts';
import { type MikroORM, createOrm } from './orm.ts';
import { WITHOUT_TIME_LIMIT } from './session.ts';

/** Pages of 8 kB. Any plan is good for a smaller table. */
const SMALL = 100;
const GROWN = 10;

interface Stale {
  readonly name: string;
  readonly pages: string;
  readonly never: boolean;
}

/** Those of our tables that we may analyse and that nobody has analysed, or that have grown tenfold since. */
const stale = (tables: readonly string[]): RawBuilder<Stale> => sql`
  select format('%I.%I', nspname, relname) as name, pages, not analysed as never
  from (
    select c.*, n.nspname, pg_relation_size(c.oid) / current_setting('block_size')::int as pages,
      exists (select from pg_stats where schemaname = n.nspname and tablename = c.relname) as analysed
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.oid in (select to_regclass(name) from unnest(${tables}::text[]) as ours (name)) and pg_has_role(c.relowner, 'USAGE')
  ) as ours
  where pages >= ${sql.lit(SMALL)} and (not analysed or pages > ${sql.lit(GROWN)} * relpages)`;

/** @returns the tables that were analysed, with their schema */
export async function analyseStaleTables(orm: MikroORM, log: Logger, signal?: AbortSignal): Promise<string[]> {
  const em = orm.em.fork();
  const tables = [...orm.getMetadata().getAll().values()].map(({ tableName }) => tableName);
  const { rows } = await stale(tables).execute(em.getKysely());
  const done: string[] = [];
  for (const { name, pages, never } of rows) {
    if (signal?.aborted === true) break;
    log.info(
      { table: name, pages: Number(pages) },
      never ? 'analyses a table that has no statistics' : 'analyses a table that has grown tenfold',
    );
    try {
      // Another replica, or autovacuum, may be at it.
      await em.execute(`analyze (skip_locked) ${name}`);
      done.push(name);
    } catch (error) {
      log.warn({ err: error, table: name }, 'a table could not be analysed');
    }
  }
  return done;
}

/** The same on a connection of its own, which may take its time: after a restore the tables are large and not cached. */
export async function analyseAt(url: string, log: Logger, signal: AbortSignal): Promise<void> {
  const orm = createOrm({ url, name: 'statistics', max: 1, session: WITHOUT_TIME_LIMIT });
  try {
    await analyseStaleTables(orm, log, signal);
  } finally {
    await orm.close();
  }
}
