// Statements whose answers are not waited for: what was wrong with one is thrown by what is sent behind it, so that nothing
// is acknowledged that was not written.
import type { PoolClient } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { prepareToldLater } from '../../src/db/prepared.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { openPool } from '../support/pool.ts';

const INSERT = prepareToldLater('test_insert', 'insert into number (value) values ($1)').text;

let database: TestDatabase;
let pool: ReturnType<typeof openPool>;
let client: PoolClient;
beforeEach(async () => {
  database = await createDatabase();
  await database.query('create table number (value int primary key)');
  pool = openPool(database.url, 1);
  client = await pool.connect();
});
afterEach(async () => {
  client.release();
  await pool.end();
  await database.drop();
});

const numbers = async (): Promise<number[]> => {
  const rows = await database.query<{ value: number }>('select value from number order by value');
  return rows.map(({ value }) => value);
};

it('are done in their order, and COMMIT is answered when they are', async () => {
  await client.query('begin');
  await client.query(INSERT, [1]);
  await client.query(INSERT, [2]);
  await client.query('commit');
  expect(await numbers()).toEqual([1, 2]);
});

it('are seen by what is sent behind them', async () => {
  await client.query('begin');
  await client.query(INSERT, [1]);
  const { rows } = await client.query('select value from number');
  await client.query('commit');
  expect(rows).toEqual([{ value: 1 }]);
});

it('make COMMIT fail with the first error, and leave nothing', async () => {
  await client.query('begin');
  await client.query(INSERT, [1]);
  await client.query(INSERT, [1]);
  await client.query(INSERT, [2]);
  await expect(client.query('commit')).rejects.toMatchObject({ code: '23505', constraint: 'number_pkey' });
  expect(await numbers()).toEqual([]);
});

it('make the next statement fail too, and it says why', async () => {
  await client.query('begin');
  await client.query(INSERT, ['one']);
  await expect(client.query('select 1')).rejects.toMatchObject({ code: '22P02' });
  await client.query('rollback');
  expect(await numbers()).toEqual([]);
});

it('are forgotten by a rollback, and the connection is as good as before', async () => {
  await client.query('begin');
  await client.query(INSERT, ['one']);
  await client.query('rollback');
  await client.query('begin');
  await client.query(INSERT, [3]);
  await client.query('commit');
  expect(await numbers()).toEqual([3]);
});

it('leave what the pool asks for itself alone', async () => {
  client.release();
  const { rows } = await pool.query<{ sum: number }>('select $1::int + 1 as sum', [1]);
  client = await pool.connect();
  expect(rows).toEqual([{ sum: 2 }]);
});

it('are not lost when the connection is', async () => {
  await client.query('begin');
  const [row] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;
  await client.query(INSERT, [4]);
  await database.query(`select pg_terminate_backend(${row!.pid})`);
  await expect(client.query('commit')).rejects.toThrow();
  expect(await numbers()).toEqual([]);
});
