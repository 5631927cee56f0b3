// Files that are read by their ids are gathered for each tenant: what fails or is slow for one is not another's.
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MikroORM, createOrm } from '../../src/db/orm.ts';
import { READ_SESSION } from '../../src/db/read.ts';
import { FileReader } from '../../src/lifecycle/reader.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const LOCK = 4_711;
const idOf = (file: number): string => `00000000-0000-7000-8000-${String(file).padStart(12, '0')}`;

/** Files of blue have odd numbers. Reading one named `broken` fails, and one named `slow` waits for the lock. */
const FILL = `
  insert into file (id, tenant, name, content_type, transfer, state, version, max_attempts, metadata, created_at, updated_at)
    select format('00000000-0000-7000-8000-%s', lpad(n::text, 12, '0'))::uuid, (array['red', 'blue'])[n % 2 + 1],
      case when n % 2 = 1 then 'fine' when n < 10 then 'broken' when n < 20 then 'slow' else 'fine' end,
      'a/b', 'EXTERNAL', 'UNTRACKED', n, 3, '{}', now(), now()
    from generate_series(1, 30) as n;
  alter table file rename to stored_file;
  create view file as select * from stored_file where case name when 'broken' then 1 / (version - version) = 0
    when 'slow' then pg_advisory_xact_lock_shared(${LOCK}) is not null else true end`;

let database: TestDatabase;
let orm: MikroORM;
let reader: FileReader;
beforeAll(async () => {
  database = await createDatabase();
  await database.query(FILL);
  orm = createOrm({ url: database.url, name: 'reads-of-tenants', max: 6, ownSession: READ_SESSION });
  reader = new FileReader(orm);
});
afterAll(async () => {
  await orm.close();
  await database.drop();
});

it('a read of one tenant that fails does not fail those of another in the same moment', async () => {
  const asked = [2, 1, 4, 3].map((file) => reader.readFile(file % 2 === 1 ? 'blue' : 'red', idOf(file)));
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
  expect(await reader.readFile('red', idOf(30)), 'the next one of it').toMatchObject({ version: 30 });
});

it('a tenant whose reads are slow has two statements at once, whatever else it has read meanwhile', async () => {
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('select pg_advisory_lock($1)', [LOCK]);
  const waiting = async (): Promise<number> => {
    const [row] = await database.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and application_name = 'waybill-reads-of-tenants' and wait_event = 'advisory'`,
    );
    return row!.n;
  };
  const slow: Promise<unknown>[] = [reader.readFile('red', idOf(10))];
  expect(await reader.readFile('blue', idOf(21)), 'in another turn of the event loop').toMatchObject({ version: 21 });
  expect(await reader.readFile('red', idOf(20))).toMatchObject({ version: 20 });
  for (const file of [12, 14, 16]) {
    slow.push(reader.readFile('red', idOf(file)));
    // What is sent at once was sent before the answer to this.
    expect(await reader.readFile('blue', idOf(file + 1))).toMatchObject({ version: file + 1 });
  }
  await until(waiting, (count) => count >= 2);
  expect(await waiting()).toBe(2);
  await holder.end();
  expect(await Promise.all(slow)).toMatchObject([10, 12, 14, 16].map((version) => ({ version })));
});
