// DATABASE_URL means the same on every connection: what it says of TLS, of the socket and of the session is asked of
// PostgreSQL itself, for pools, migrations and LISTEN alike.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { goMainWay } from '../support/main-way.ts';
import { type PostgresServer, hasDebianPostgres, startPostgresServer } from '../support/postgres-server.ts';
import { runToEnd } from '../support/process.ts';

interface Backend extends pg.QueryResultRow {
  readonly name: string;
  readonly encrypted: boolean;
  readonly local: boolean;
}

const BACKENDS = `select application_name as name, ssl as encrypted, client_addr is null as local
  from pg_stat_activity join pg_stat_ssl using (pid) where datname = $1 and application_name like 'waybill-%'`;
const KINDS = [
  'waybill-feed',
  'waybill-followers',
  'waybill-listen',
  'waybill-reads',
  'waybill-uploads',
  'waybill-writes',
];

describe.skipIf(!hasDebianPostgres)('with a PostgreSQL server that demands TLS from everybody but its socket', () => {
  let server: PostgresServer;
  /** Of the byte stores. */
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'waybill-data-'));
    server = await startPostgresServer({ hba: ['local all all trust', 'hostssl all all 127.0.0.1/32 trust'] });
  });
  afterAll(async () => {
    await server.remove();
    await rm(dir, { recursive: true, force: true });
  });

  const over = (name: string): pg.ClientConfig => ({
    host: server.socketDir,
    port: server.port,
    user: 'waybill',
    database: name,
  });

  async function query<Row extends pg.QueryResultRow>(name: string, sql: string, values?: unknown[]): Promise<Row[]> {
    const client = new pg.Client(over(name));
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  async function newDatabase(name: string, parameters: string, settings = ''): Promise<TestDatabase> {
    await query('postgres', `create database ${name}`);
    if (settings !== '') await query(name, settings);
    return {
      url: server.url(name, parameters),
      dataDir: join(dir, name),
      query: (sql, values) => query(name, sql, values),
      drop: async () => void (await query('postgres', `drop database ${name} with (force)`)),
    };
  }

  /** Its connections by name, after the main way was gone. */
  async function run(database: TestDatabase, name: string): Promise<{ instance: Instance; backends: Backend[] }> {
    const instance = await startInstance({ database });
    await goMainWay(instance.url);
    return { instance, backends: await database.query<Backend>(BACKENDS, [name]) };
  }

  it.each([
    ['verify_full', () => `sslmode=verify-full&sslrootcert=${server.certificatePath}`],
    ['require', () => `sslmode=require&sslrootcert=${server.certificatePath}`],
    ['libpq_require', () => 'sslmode=require'],
    ['no_verify', () => 'sslmode=no-verify'],
  ])('encrypts every connection: %s', async (name, parameters) => {
    const { instance, backends } = await run(await newDatabase(name, parameters()), name);
    expect([...new Set(backends.map((each) => each.name))].toSorted()).toEqual(KINDS);
    expect(backends.filter(({ encrypted }) => !encrypted)).toEqual([]);
    await instance.stop();
  });

  it('connects everything over a Unix socket', async () => {
    const database = await newDatabase('local', '');
    const url = `postgres://waybill@/local?host=${server.socketDir}&port=${server.port}`;
    const { instance, backends } = await run({ ...database, url }, 'local');
    expect([...new Set(backends.map((each) => each.name))].toSorted()).toEqual(KINDS);
    expect(backends.filter(({ local }) => !local)).toEqual([]);
    await instance.stop();
  });

  it('uses the search_path and the application name of the URL everywhere', async () => {
    const parameters = 'sslmode=no-verify&application_name=mine&options=-c%20search_path%3Dapp';
    const database = await newDatabase('paths', parameters, 'create schema app; create schema other');
    // Another schema's table of this name is not taken for ours.
    await database.query('create table other.migration (id integer)');
    await (await startInstance({ database })).stop();
    const instance = await startInstance({ database });
    await goMainWay(instance.url);
    const schemas = await database.query(
      `select distinct schemaname from pg_tables where schemaname not in ('pg_catalog', 'information_schema', 'other')`,
    );
    expect(schemas).toEqual([{ schemaname: 'app' }]);
    const names = await database.query<{ name: string }>(
      `select distinct application_name as name from pg_stat_activity where datname = 'paths' and application_name like '%(mine)' order by 1`,
    );
    expect(names.map(({ name }) => name)).toEqual(KINDS.map((kind) => `${kind} (mine)`));
    await instance.stop();
  });

  it.each([
    ['sslmode=verify-full', 'name its authority with sslrootcert'],
    ['sslmode=disable', 'add sslmode=verify-full'],
    ['', 'add sslmode=verify-full'],
  ])('says what is missing in "%s"', async (parameters, hint) => {
    const url = server.url('postgres', parameters).replace('waybill@', 'waybill:hunter2@');
    const { code, stderr } = await runToEnd({ DATABASE_URL: url });
    expect(code).toBe(1);
    expect(stderr).toContain(hint);
    expect(stderr).not.toContain('hunter2');
  });

  it('goes the main way with every hostile default of the role', async () => {
    const hostile = [
      `DateStyle = 'SQL, DMY'`,
      `TimeZone = 'Asia/Kolkata'`,
      `IntervalStyle = 'sql_standard'`,
      `bytea_output = 'escape'`,
      `extra_float_digits = '-15'`,
      `standard_conforming_strings = 'off'`,
      `default_transaction_isolation = 'serializable'`,
      `default_transaction_deferrable = 'on'`,
      `statement_timeout = '2s'`,
      `lock_timeout = '2s'`,
      `idle_in_transaction_session_timeout = '2s'`,
      `row_security = 'off'`,
      `idle_session_timeout = '2s'`,
      `jit = 'on'`,
      `jit_above_cost = '0'`,
      `lc_messages = 'C'`,
      `lc_numeric = 'C'`,
    ];
    await query('postgres', 'create role hostile login superuser');
    for (const setting of hostile) await query('postgres', `alter role hostile set ${setting}`);
    const database = await newDatabase('hostile', 'sslmode=no-verify');
    const url = database.url.replace('waybill@', 'hostile@');
    const { instance } = await run({ ...database, url }, 'hostile');
    await instance.stop();
  });

  it('says why migrations cannot run', async () => {
    await query('postgres', 'create role poor login');
    await query('postgres', 'create role idle login superuser');
    await query('postgres', 'alter role idle set default_transaction_read_only = on');
    const { url } = await newDatabase('refused', 'sslmode=no-verify');
    const poor = await runToEnd({ DATABASE_URL: url.replace('waybill@', 'poor@') });
    expect(poor.stderr).toContain('GRANT CREATE, USAGE ON SCHEMA \\"public\\" TO \\"poor\\"');
    const idle = await runToEnd({ DATABASE_URL: url.replace('waybill@', 'idle@') });
    expect(idle.stderr).toContain('default_transaction_read_only is on');
    expect([poor.code, idle.code]).toEqual([1, 1]);
  });

  it('serves 60 reads at once where its role may have 8 connections', async () => {
    await query('postgres', 'create role small login connection limit 8');
    const database = await newDatabase('small', 'sslmode=no-verify', 'grant all on schema public to small');
    const url = database.url.replace('waybill@', 'small@');
    const instance = await startInstance({ database: { ...database, url } });
    expect(instance.log).toContainEqual(expect.objectContaining({ wanted: expect.any(Number) as number, role: 8 }));
    const answers = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const response = await fetch(`${instance.url}/graphql?query={files{edges{node{id}}}}`);
        return [response.status, ((await response.json()) as { errors?: unknown }).errors];
      }),
    );
    expect(answers).toEqual(Array.from({ length: 60 }, () => [200, undefined]));
    await instance.stop();
  });
});
