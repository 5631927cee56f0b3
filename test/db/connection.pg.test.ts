// Statements that are sent without waiting for their answers: the error of one is thrown by what is waited for next, so
// that nothing is acknowledged that was not written.
import { sql } from 'kysely';
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Connection } from '../../src/db/connection.ts';
import { openPool as openPoolOf } from '../../src/db/pool.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { openPool } from '../support/pool.ts';

const INSERT = { name: 'test_insert', text: 'insert into number (value) values ($1)' };
const SELECT = { name: 'test_select', text: 'select value from number' };

let database: TestDatabase;
let pool: ReturnType<typeof openPool>;
let client: pg.PoolClient;
let connection: Connection;
beforeEach(async () => {
  database = await createDatabase();
  await database.query('create table number (value int primary key)');
  pool = openPool(database.url, 1);
  client = await pool.connect();
  connection = new Connection(client);
  connection.send({ text: 'begin' });
});
afterEach(async () => {
  connection.release();
  await pool.end();
  await database.drop();
});

const numbers = async (): Promise<number[]> => {
  const rows = await database.query<{ value: number }>('select value from number order by value');
  return rows.map(({ value }) => value);
};

it('are done in their order, and COMMIT is answered when they are', async () => {
  connection.send(INSERT, [1]);
  connection.send(INSERT, [2]);
  await connection.commit();
  expect(await numbers()).toEqual([1, 2]);
});

it('are seen by what is queried behind them', async () => {
  connection.send(INSERT, [1]);
  expect(await connection.query(SELECT)).toEqual([{ value: 1 }]);
  await connection.commit();
});

it('make COMMIT fail with the first error, and leave nothing', async () => {
  for (const value of [1, 1, 2]) connection.send(INSERT, [value]);
  await expect(connection.commit()).rejects.toMatchObject({ code: '23505', constraint: 'number_pkey' });
  expect(await numbers()).toEqual([]);
});

it('make the next query fail too, and it says why', async () => {
  connection.send(INSERT, ['one']);
  await expect(connection.query(SELECT)).rejects.toMatchObject({ code: '22P02' });
  await connection.rollback();
  expect(await numbers()).toEqual([]);
});

it('make a query of Kysely fail too', async () => {
  connection.send(INSERT, ['one']);
  const compiled = { sql: 'select 1', parameters: [], query: sql`select 1`.toOperationNode() } as never;
  await expect(connection.executeQuery(compiled)).rejects.toMatchObject({ code: '22P02' });
});

it('are forgotten by a rollback, and the connection is as good as before', async () => {
  connection.send(INSERT, ['one']);
  await connection.rollback();
  connection.send({ text: 'begin' });
  connection.send(INSERT, [3]);
  await connection.commit();
  expect(await numbers()).toEqual([3]);
});

it('an error that was ignored makes COMMIT fail all the same', async () => {
  await connection.query(INSERT, ['one']).catch(() => undefined);
  await expect(connection.commit()).rejects.toMatchObject({ code: '22P02' });
});

it('are parsed once for each connection', async () => {
  for (const value of [1, 2, 3]) connection.send(INSERT, [value]);
  const counted = { name: 'test_count', text: 'select name from pg_prepared_statements order by name' };
  expect(await connection.query(counted)).toEqual([{ name: 'test_count' }, { name: 'test_insert' }]);
  await connection.commit();
});

it('have no names where a pooler may give each transaction another connection', async () => {
  const unnamed = openPoolOf({ url: database.url, name: 'test', max: 1, preparedStatements: false });
  const own = new Connection(await unnamed.connect());
  own.send({ text: 'begin' });
  for (const value of [1, 2]) own.send(INSERT, [value]);
  const counted = { name: 'test_count', text: 'select count(*) as n from pg_prepared_statements' };
  expect(await own.query(counted)).toEqual([{ n: 0 }]);
  await own.commit();
  expect(await numbers()).toEqual([1, 2]);
  own.release();
  await unnamed.end();
});

it('are not lost when the connection is', async () => {
  const pid = { name: 'test_pid', text: 'select pg_backend_pid() as pid' };
  const [row] = await connection.query<{ pid: number }>(pid);
  connection.send(INSERT, [4]);
  await database.query(`select pg_terminate_backend(${row!.pid})`);
  // In the words of the server or of the socket, whichever is heard first.
  await expect(connection.commit()).rejects.toThrow(/connection|ECONNRESET|EPIPE/);
  expect(await numbers()).toEqual([]);
});

it('are answered once, as a group', async () => {
  let answers = 0;
  client.connection.on('readyForQuery', () => (answers += 1));
  for (const value of [1, 2, 3]) connection.send(INSERT, [value]);
  expect(await connection.query(SELECT)).toHaveLength(3);
  await connection.commit();
  expect(answers).toBe(2);
});

it('leave a transaction open whose COMMIT was skipped, and that is no unknown outcome', async () => {
  await connection.query(SELECT);
  connection.send(INSERT, ['one']);
  connection.send(INSERT, [2]);
  // No code that a COMMIT could be answered with.
  await expect(connection.commit()).rejects.toMatchObject({ code: '22P02' });
  expect(connection.isRolledBack).toBe(true);
  await connection.rollback();
  expect(await numbers()).toEqual([]);
});

const sleepFor = (seconds: number) => ({ text: `select pg_sleep(${seconds})` });

it('have a time limit each, from when the server can start them', async () => {
  const limited = new Connection(await openPool(database.url, 1).connect(), 2_000);
  limited.send({ text: 'begin' });
  for (let at = 0; at < 6; at += 1) limited.send(sleepFor(0.5));
  await limited.commit();
  limited.send({ text: 'begin' });
  limited.send(sleepFor(60));
  await expect(limited.commit()).rejects.toThrow('Query read timeout');
  limited.release();
});
