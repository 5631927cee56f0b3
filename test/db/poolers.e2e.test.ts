// A real PgBouncer in front of PostgreSQL, in both of its modes.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { migrate } from '../../src/db/migrate.ts';
import { createOrm } from '../../src/db/orm.ts';
import { READ_SESSION, readOnce } from '../../src/db/read.ts';
import { createLogger } from '../../src/log.ts';
import { ADVISORY_LOCKS } from '../../src/db/advisory-locks.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { startInstance } from '../support/instance.ts';
import { goMainWay } from '../support/main-way.ts';
import { runToEnd } from '../support/process.ts';
import { type PgBouncer, type PgBouncerOptions, hasPgBouncer, startPgBouncer } from '../support/pgbouncer.ts';

let database: TestDatabase;
let pooler: PgBouncer | undefined;
beforeAll(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  await pooler?.stop();
  pooler = undefined;
});
afterAll(() => database.drop());

async function startPooler(
  mode: 'session' | 'transaction',
  settings: Record<string, string> = {},
  signIn: Partial<Pick<PgBouncerOptions, 'user' | 'password'>> = {},
): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(database.url);
  const server = { host: hostname, port: Number(port), user: username, password: decodeURIComponent(password) };
  pooler = await startPgBouncer({ mode, ...server, ...signIn, settings });
  return pooler.url(pathname.slice(1));
}

/** Of the role, in the database of this test. */
async function withDefaults(defaults: Readonly<Record<string, string>>, work: () => Promise<void>): Promise<void> {
  const { username, pathname } = new URL(database.url);
  const role = `alter role "${username}" in database "${pathname.slice(1)}"`;
  for (const [name, value] of Object.entries(defaults)) await database.query(`${role} set ${name} = '${value}'`);
  try {
    await work();
  } finally {
    await database.query(`${role} reset all`);
  }
}

const HOSTILE = {
  DateStyle: 'SQL, DMY',
  TimeZone: 'Asia/Kolkata',
  IntervalStyle: 'sql_standard',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  default_transaction_deferrable: 'on',
  row_security: 'off',
  statement_timeout: '5s',
  lock_timeout: '2s',
  idle_in_transaction_session_timeout: '2s',
  jit: 'on',
  jit_above_cost: '0',
};

describe.skipIf(!hasPgBouncer)('behind PgBouncer', () => {
  // Its default: nothing is ignored, so that an unknown startup parameter would be refused.
  const STRICT = { ignore_startup_parameters: '' };

  it('goes the main way in session mode', async () => {
    const url = await startPooler('session', STRICT);
    const instance = await startInstance({ database: { ...database, url } });
    await goMainWay(instance.url);
    await instance.stop();
  });

  it.each(['session', 'transaction'] as const)(
    'what is set for reads stays away from others in %s mode',
    async (mode) => {
      const url = await startPooler(mode, { default_pool_size: '1' });
      const options = { url, name: 'test', max: 1, preparedStatements: false };
      const reads = createOrm({ ...options, ownSession: READ_SESSION });
      const show = { text: `select current_setting('plan_cache_mode') as plans` };
      expect(await readOnce(reads, show, [])).toEqual([{ plans: 'force_generic_plan' }]);
      await reads.close();
      const others = createOrm(options);
      expect(await others.em.fork().execute(show.text)).toEqual([{ plans: 'auto' }]);
      await others.close();
    },
  );

  it('goes the main way in transaction mode, twice in a row, with few server connections', async () => {
    const url = await startPooler('transaction', { ...STRICT, default_pool_size: '6' });
    const env = { WAYBILL_DIRECT_DATABASE_URL: database.url, WAYBILL_PREPARED_STATEMENTS: 'off' };
    for (const _ of [1, 2]) {
      const instance = await startInstance({ database: { ...database, url }, env });
      await Promise.all([1, 2, 3].map(() => goMainWay(instance.url)));
      await instance.stop();
    }
  });

  const IN_TRANSACTION_MODE = { WAYBILL_PREPARED_STATEMENTS: 'off' };

  it('goes the main way in transaction mode whatever the defaults of the role, on any server connection', async () => {
    await withDefaults(HOSTILE, async () => {
      // Each transaction gets the connection that has waited longest, mostly another than the one before.
      const url = await startPooler('transaction', { ...STRICT, default_pool_size: '12', server_round_robin: '1' });
      const env = { ...IN_TRANSACTION_MODE, WAYBILL_DIRECT_DATABASE_URL: database.url };
      const instance = await startInstance({ database: { ...database, url }, env });
      for (const _ of [1, 2, 3]) await Promise.all([1, 2, 3, 4].map(() => goMainWay(instance.url)));
      const metrics = await (await fetch(`${instance.url}/metrics`)).text();
      const [counted] = await database.query<{ n: string }>(`select count(*) as n from file where state = 'INDEXED'`);
      expect(metrics).toContain(`waybill_files{state="INDEXED"} ${counted!.n}`);
      await instance.stop();
    });
  });

  it.each([
    ['transaction', 1, "SET default_transaction_isolation = 'read committed' (it is 'serializable')"],
    ['session', 0, ''],
  ] as const)('in %s mode, a role that begins in another isolation level: exit %i', async (mode, code, reason) => {
    await withDefaults({ default_transaction_isolation: 'serializable' }, async () => {
      const url = await startPooler(mode, STRICT);
      const env = { ...IN_TRANSACTION_MODE, WAYBILL_DIRECT_DATABASE_URL: database.url, DATABASE_URL: url };
      const outcome = await runToEnd({ ...env, WAYBILL_DATA_DIR: database.dataDir }, 'migrate');
      expect(outcome).toMatchObject({ code, stderr: expect.stringContaining(reason) as string });
    });
  });

  it('acts as WAYBILL_DATABASE_ROLE in transaction mode where that signs in itself, and is refused otherwise', async () => {
    const role = `waybill_${randomUUID().slice(0, 8)}`;
    await database.query(`create role ${role} login password 'secret'`);
    const env = {
      ...IN_TRANSACTION_MODE,
      WAYBILL_DIRECT_DATABASE_URL: database.url,
      WAYBILL_DATABASE_ROLE: role,
      WAYBILL_DATA_DIR: database.dataDir,
    };
    // One that has few connections is no safer: it opens new ones, and those belong to the owner again.
    for (const size of ['20', '3', '2', '1']) {
      const ofOwner = await startPooler('transaction', { ...STRICT, default_pool_size: size });
      const refused = await runToEnd({ ...env, DATABASE_URL: ofOwner }, 'migrate');
      expect(refused, `${size} connections`).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('let WAYBILL_DATABASE_ROLE sign in') as string,
      });
      await pooler!.stop();
    }
    const inSession = await startPooler('session', { ...STRICT, default_pool_size: '4' });
    expect(await runToEnd({ ...env, DATABASE_URL: inSession }, 'migrate')).toMatchObject({ code: 0 });
    await pooler!.stop();
    const settings = { ...STRICT, default_pool_size: '12', server_round_robin: '1' };
    const url = await startPooler('transaction', settings, { user: role, password: 'secret' });
    const instance = await startInstance({ database: { ...database, url }, env });
    for (const _ of [1, 2]) await Promise.all([1, 2, 3, 4].map(() => goMainWay(instance.url)));
    await instance.stop();
    await database.query(`drop owned by ${role}; drop role ${role}`);
  });

  it('refuses a pooler that leads to other tables than the direct connection', async () => {
    const url = await startPooler('transaction', { ignore_startup_parameters: 'options' });
    const other = await createDatabase();
    const inSchema = `${database.url}?options=-c%20search_path%3Dapp`;
    await database.query('create schema app');
    for (const direct of [other.url, inSchema]) {
      const env = { ...IN_TRANSACTION_MODE, WAYBILL_DIRECT_DATABASE_URL: direct, DATABASE_URL: url };
      const { code, stderr } = await runToEnd(env, 'migrate');
      expect(code).toBe(1);
      expect(stderr).toContain('do not lead to the same tables');
    }
    await other.drop();
  });

  it('migrates through a pooler in transaction mode too, and leaves no lock behind', async () => {
    const url = await startPooler('transaction', STRICT);
    for (const _ of [1, 2]) {
      const orm = createOrm({ url, name: 'migrate', max: 2, preparedStatements: false });
      await migrate(orm, url, createLogger('silent'));
      await orm.close();
    }
    // Other tests use the same server.
    const locks = `select from pg_locks where locktype = 'advisory'
      and database = (select oid from pg_database where datname = current_database())`;
    expect(await database.query(locks)).toEqual([]);
  });
});

it('names who holds the lock of migrations, and gives up', async () => {
  const holder = new pg.Client({ connectionString: database.url, application_name: 'somebody' });
  await holder.connect();
  await holder.query('select pg_advisory_lock($1)', [ADVISORY_LOCKS.migrate]);
  const orm = createOrm({ url: database.url, name: 'migrate', max: 2 });
  await expect(migrate(orm, database.url, createLogger('silent'), { patienceMs: 300 })).rejects.toThrow(
    /has held the lock of migrations for 0 s: pid \d+, somebody, from 127\.0\.0\.1, idle, connected since 20/,
  );
  await orm.close();
  await holder.end();
});
