// What statements cost PostgreSQL, by pg_stat_statements. The tests of other databases of the same server count at the same
// time: only the counters of this database are read, and set back.
import type { TestDatabase } from './database.ts';

/** An expression of SQL. */
export const THIS_DATABASE = '(select oid from pg_database where datname = current_database())';

export async function resetCosts(database: TestDatabase): Promise<void> {
  await database.query(`select pg_stat_statements_reset(0, ${THIS_DATABASE}, 0)`);
}

/** Pages that the statements like `pattern` have touched since the counters were set back, which it does. */
export async function takeBuffers(database: TestDatabase, pattern: string): Promise<number> {
  const [row] = await database.query<{ buffers: string }>(
    `select coalesce(sum(shared_blks_hit + shared_blks_read), 0) as buffers from pg_stat_statements
      where query like $1 and dbid = ${THIS_DATABASE}`,
    [pattern],
  );
  await resetCosts(database);
  return Number(row!.buffers);
}
