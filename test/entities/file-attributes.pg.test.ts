// The migration that fills file_attributes, on files from before there was the table.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '../../src/db/migrate.ts';
import { createOrm } from '../../src/db/orm.ts';
import { createLogger } from '../../src/log.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const FILES = 12_000;

it('every file has its attributes, those of later files included', async () => {
  const insert = (files: number): Promise<unknown> =>
    database.query(`
      insert into file (id, tenant, name, content_type, transfer, state, max_attempts, metadata, created_at, updated_at)
      select gen_random_uuid(), 'local', 'file ' || n, 'a/b', 'EXTERNAL', 'UNTRACKED', 3, '{"a": 1}', now(), now()
      from generate_series(1, ${files}) as n`);
  await database.query('alter table file disable trigger user');
  await insert(FILES);
  await database.query('alter table file enable trigger user');
  await insert(1);
  await database.query(`delete from migration where name like '%file_attributes_concurrently'`);
  const orm = createOrm({ url: database.url, name: 'migrate', max: 2 });
  await migrate(orm, database.url, createLogger('silent'));
  await orm.close();
  const [counted] = await database.query(`
    select count(*)::int as files, count(a.file_id)::int as attributes,
      count(*) filter (where a.sort_name = f.name and a.labels->'metadata' = f.metadata)::int as right
    from file f left join file_attributes a on a.file_id = f.id`);
  expect(counted).toEqual({ files: FILES + 1, attributes: FILES + 1, right: FILES + 1 });
});

it('are kept in whatever schema the tables are, by whoever inserts', async () => {
  await database.query('create schema app');
  const inApp = new URL(database.url);
  inApp.searchParams.set('options', '-c search_path=app');
  const orm = createOrm({ url: inApp.href, name: 'migrate', max: 2 });
  await migrate(orm, inApp.href, createLogger('silent'));
  await orm.close();
  await database.query(`
    begin;
    set local search_path = '';
    insert into app.file (id, tenant, name, content_type, transfer, state, max_attempts, metadata, created_at, updated_at)
      values (gen_random_uuid(), 'local', 'in app', 'a/b', 'EXTERNAL', 'UNTRACKED', 3, '{}', now(), now());
    commit`);
  expect(await database.query('select name from app.file_attributes')).toEqual([{ name: 'in app' }]);
});
