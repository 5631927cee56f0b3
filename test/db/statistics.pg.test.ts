// The service analyses its own tables where nobody has, or where they have grown tenfold since.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type MikroORM, createOrm } from '../../src/db/orm.ts';
import { analyseStaleTables } from '../../src/db/statistics.ts';
import { createLogger } from '../../src/log.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';

// The second one by a trigger.
const FILLED = ['file', 'file_attributes'];

let database: TestDatabase;
let orm: MikroORM;
beforeEach(async () => {
  database = await createDatabase();
  orm = createOrm({ url: database.url, name: 'test', max: 1 });
  // Otherwise the daemon may be there first.
  for (const table of FILLED) await database.query(`alter table ${table} set (autovacuum_enabled = off)`);
});
afterEach(async () => {
  await orm.close();
  await database.drop();
});

const log = createLogger('silent');

const fill = (files: number): Promise<unknown> =>
  database.query(`
    insert into file (id, tenant, name, content_type, transfer, state, max_attempts, metadata, created_at, updated_at)
    select gen_random_uuid(), 'local', 'a file', 'a/b', 'EXTERNAL', 'UNTRACKED', 3, '{}', now(), now()
    from generate_series(1, ${files})`);

it('tables without statistics are analysed once they are not small, and again when they have grown tenfold', async () => {
  await fill(10);
  expect(await analyseStaleTables(orm, log)).toEqual([]);
  await fill(6_000);
  expect((await analyseStaleTables(orm, log)).toSorted()).toEqual(['public.file', 'public.file_attributes']);
  expect(await analyseStaleTables(orm, log)).toEqual([]);
  await fill(6_000);
  expect(await analyseStaleTables(orm, log)).toEqual([]);
  await database.query(`update pg_class set relpages = relpages / 30 where relname = 'file'`);
  expect(await analyseStaleTables(orm, log)).toEqual(['public.file']);
});
