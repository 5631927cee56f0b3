// A migrated template database for the tests of a run, on the server that is given.
import pg from 'pg';
import { migrate } from '../../src/db/migrate.ts';
import { createOrm } from '../../src/db/orm.ts';
import { createLogger } from '../../src/log.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated template database; it accepts no connections, and clones of it are cheap. */
    readonly templateUrl: string;
  }
}

/** For WAYBILL_DATABASE_ROLE. */
export const APP_ROLE = 'waybill_app';

/** What a server for tests needs beside its defaults. */
export const TEST_SETTINGS = {
  max_connections: '300',
  shared_preload_libraries: 'pg_stat_statements',
  // The tests of all databases share it: with 5,000 the newest statements of one were forgotten while it looked at them.
  'pg_stat_statements.max': '100000',
};

export async function migrateTemplate(url: string): Promise<void> {
  const orm = createOrm({ url, name: 'template', max: 2 });
  await migrate(orm, url, createLogger('silent'));
  await orm.close();
  // Of the server, so that tests need not agree who makes it.
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create role ${APP_ROLE} nologin`);
  await client.end();
}
