// A read that takes too long is ended by the server and is a typed error. A read of one statement needs no transaction where
// the session is its own, and has the same settings where it is not.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MikroORM, createOrm } from '../../src/db/orm.ts';
import { QueryTimeout, READ_SESSION, readOnce, readWithin } from '../../src/db/read.ts';
import { TYPES_AS_TEXT } from '../../src/db/types.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { THIS_DATABASE, resetCosts } from '../support/statement-costs.ts';

let database: TestDatabase;
let orm: MikroORM;
beforeEach(async () => {
  database = await createDatabase();
  orm = createOrm({ url: database.url, name: 'test', max: 1 });
});
afterEach(async () => {
  await orm.close();
  await database.drop();
});

it('a read that takes too long is a QUERY_TIMEOUT, and the next one on its connection is answered', async () => {
  const slow = readWithin(orm, async ({ em }) => await em.execute('select pg_sleep(30)'), 100);
  await expect(slow).rejects.toThrow(QueryTimeout);
  await expect(slow).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
  const limits = await readWithin(orm, async ({ em }) => await em.execute('show statement_timeout'));
  expect(limits).toEqual([{ statement_timeout: '5s' }]);
  // Only within the transaction: a pooler may give its connection to somebody else.
  expect(await orm.em.fork().execute('show statement_timeout')).toEqual([{ statement_timeout: '10s' }]);
});

const SHOW = {
  text: `select current_setting('statement_timeout') as timeout, current_setting('plan_cache_mode') as plans,
    current_setting('seq_page_cost') as price, current_setting('jit') as jit`,
};
const AS_WANTED = { timeout: '5s', plans: 'force_generic_plan', price: '10000', jit: 'off' };

describe.each([
  ['whose sessions are its own', { ownSession: READ_SESSION }],
  ['whose sessions others may share', {}],
])('a read of one statement on a pool %s', (_, more) => {
  let reads: MikroORM;
  beforeEach(() => {
    reads = createOrm({ url: database.url, name: 'test', max: 1, ...more });
  });
  afterEach(() => reads.close());

  it('has its settings, twice on one connection', async () => {
    expect(await readOnce(reads, SHOW, [])).toEqual([AS_WANTED]);
    expect(await readOnce(reads, SHOW, [])).toEqual([AS_WANTED]);
  });

  it('reads times as text where it is asked to', async () => {
    const time = { text: `select '2026-11-27 17:45:30.04+00'::timestamptz(3) as at, 4096::bigint as size` };
    expect(await readOnce(reads, time, [], TYPES_AS_TEXT)).toEqual([{ at: '2026-11-27T17:45:30.040Z', size: 4096 }]);
    expect(await readOnce(reads, time, [])).toEqual([{ at: new Date('2026-11-27T17:45:30.040Z'), size: 4096 }]);
  });

  it('leaves a connection that answers the next one after an error, and after QUERY_TIMEOUT', async () => {
    await expect(readOnce(reads, { text: 'select 1 / 0' }, [])).rejects.toThrow('division by zero');
    const cancelled = { text: `do $$ begin raise exception using errcode = '57014', message = 'too long'; end $$` };
    await expect(readOnce(reads, cancelled, [])).rejects.toThrow(QueryTimeout);
    expect(await readOnce(reads, SHOW, [])).toEqual([AS_WANTED]);
  });
});

it('a read of one statement is one statement for the server', async () => {
  const reads = createOrm({ url: database.url, name: 'test', max: 1, ownSession: READ_SESSION });
  await readOnce(reads, { text: 'select 1' }, []);
  await database.query('create extension pg_stat_statements');
  await resetCosts(database);
  await readOnce(reads, { text: 'select 1' }, []);
  await reads.close();
  const calls = await database.query<{ query: string; calls: number }>(
    `select query, calls::int from pg_stat_statements where dbid = ${THIS_DATABASE} and query not like '%pg_stat_statements%'`,
  );
  expect(calls).toEqual([{ query: 'select $1', calls: 1 }]);
});
