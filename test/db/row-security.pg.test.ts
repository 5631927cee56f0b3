// Row-level security: every table has a policy or a reason for none, and a statement sees the rows of those it says it is for.
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareRole } from '../../src/db/database-role.ts';
import { openPool } from '../../src/db/pool.ts';
import { WITHOUT_TENANTS } from '../../src/db/row-security.ts';
import { asService, asTenant, asTenants } from '../../src/db/scope.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { APP_ROLE } from '../support/template.ts';

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase();
  await prepareRole(database.url, APP_ROLE);
  pool = openPool({ url: database.url, role: APP_ROLE, name: 'test', max: 1 });
  await database.query(`
    insert into file_count (tenant, state, files) values
      ('red', 'INDEXED', 1), ('blue', 'INDEXED', 2), ('gr"een\\,{}', 'INDEXED', 3)`);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

interface Table extends pg.QueryResultRow {
  readonly name: string;
  readonly isOn: boolean;
  readonly policies: number;
}

describe('every table', () => {
  it('has a policy, or is known to hold nothing of any tenant', async () => {
    const tables = await database.query<Table>(`
      select relname as name, relrowsecurity as "isOn",
        (select count(*)::int from pg_policy where polrelid = c.oid) as policies
      from pg_class c
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'm', 'v', 'f') order by relname`);
    const open = tables.filter(({ isOn, policies }) => !isOn || policies !== 1).map(({ name }) => name);
    expect(open).toEqual(Object.keys(WITHOUT_TENANTS).toSorted());
  });

  it('that holds something of a tenant by its columns has one', async () => {
    const rows = await database.query<{ name: string }>(`
      select distinct table_name::text as name from information_schema.columns
      where table_schema = 'public' and column_name in ('tenant', 'file_id')`);
    expect(rows.filter(({ name }) => name in WITHOUT_TENANTS)).toEqual([]);
    expect(rows.length).toBeGreaterThan(8);
  });
});

const COUNT = 'select tenant from file_count order by files';
const seen = async (
  client: Pick<pg.Pool, 'query'> = pool,
  config: string | pg.QueryConfig = COUNT,
): Promise<string[]> => (await client.query<{ tenant: string }>(config)).rows.map(({ tenant }) => tenant);

describe('a statement sees', () => {
  it('nothing without a scope, and its tenants with one, whatever was sent before on the connection', async () => {
    expect(await seen()).toEqual([]);
    expect(await asTenant('red', () => seen())).toEqual(['red']);
    expect(await seen()).toEqual([]);
    expect(await asTenants(['blue', 'red'], () => seen())).toEqual(['red', 'blue']);
    expect(await asTenant('none', () => seen())).toEqual([]);
    expect(await asTenants([], () => seen())).toEqual([]);
    expect(await asService(() => seen())).toHaveLength(3);
    expect(await asTenant('service', () => seen())).toEqual([]);
    expect(await seen()).toEqual([]);
  });

  it('its tenant, whatever characters are in the name', async () => {
    expect(await asTenant(String.raw`gr"een\,{}`, () => seen())).toEqual([String.raw`gr"een\,{}`]);
    expect(await asTenants(['red,blue', '{red}', 'red","blue', 'NULL', ''], () => seen())).toEqual([]);
  });

  it('its own tenants when many are pipelined on one connection, also behind one that fails', async () => {
    const client = await pool.connect();
    const named = { name: 'count', text: COUNT };
    const answers = await Promise.allSettled([
      asTenant('red', () => seen(client, named)),
      seen(client, named),
      asTenant('blue', () => client.query('select 1 / (files - 2) from file_count')),
      asTenant('blue', () => seen(client, named)),
      asService(() => seen(client, { text: `${COUNT} limit $1`, values: [2] })),
      seen(client),
    ]);
    client.release();
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'failed'))).toEqual([
      ['red'],
      [],
      'failed',
      ['blue'],
      ['red', 'blue'],
      [],
    ]);
  });

  it('its own tenants, though it waits for a connection that the statement of another gives back', async () => {
    const scopes = [['red'], ['blue'], [], ['red', 'blue']];
    const asked = Array.from({ length: 40 }, (_, at) => scopes[at % scopes.length]!);
    const found = await Promise.all(asked.map((tenants) => asTenants(tenants, () => seen())));
    expect(found).toEqual(asked);
  });

  it('its own tenants within a transaction, after a savepoint, and nothing after its end', async () => {
    const client = await pool.connect();
    await client.query('begin');
    expect(await asTenant('red', () => seen(client))).toEqual(['red']);
    expect(await seen(client)).toEqual([]);
    await client.query('savepoint a');
    expect(await asTenant('blue', () => seen(client))).toEqual(['blue']);
    await client.query('rollback to a');
    expect(await asTenant('blue', () => seen(client))).toEqual(['blue']);
    expect(await asTenant('red', () => seen(client))).toEqual(['red']);
    await client.query('commit');
    expect(await seen(client)).toEqual([]);
    await client.query('begin');
    await asService(() => seen(client));
    await client.query('rollback');
    expect(await seen(client)).toEqual([]);
    client.release();
  });

  it('and changes nothing of others, nor adds anything to them', async () => {
    const raise = "update file_count set files = files + 10 where state = 'INDEXED' returning tenant";
    await pool.query('begin');
    expect(await asTenant('red', () => seen(pool, raise))).toEqual(['red']);
    expect(await seen(pool, raise)).toEqual([]);
    await pool.query('rollback');
    const insert = "insert into file_count (tenant, state, files) values ('blue', 'FAILED', 1)";
    await expect(asTenant('red', () => pool.query(insert))).rejects.toMatchObject({ code: '42501' });
  });
});

describe('the connections', () => {
  it('act as the role, and a failed named statement can be sent again', async () => {
    const { rows } = await pool.query<{ user: string }>('select current_user as user');
    expect(rows).toEqual([{ user: APP_ROLE }]);
    const missing = { name: 'later', text: 'select * from later' };
    await expect(asTenant('red', () => pool.query(missing))).rejects.toMatchObject({ code: '42P01' });
    await database.query(`create table later (); grant select on later to ${APP_ROLE}`);
    expect((await asTenant('red', () => pool.query(missing))).rowCount).toBe(0);
    await database.query('drop table later');
  });

  it('need no names for statements', async () => {
    const unnamed = openPool({ url: database.url, role: APP_ROLE, name: 'test', max: 1, preparedStatements: false });
    expect(await asTenant('red', () => seen(unnamed, { name: 'count', text: COUNT }))).toEqual(['red']);
    expect(await seen(unnamed)).toEqual([]);
    const { rows } = await asService(() => unnamed.query('select name from pg_prepared_statements'));
    expect(rows).toEqual([]);
    await unnamed.end();
  });
});
