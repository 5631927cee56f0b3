// The transaction is MikroORM's own: what its entity manager does is in it, and one commit decides about both.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type MikroORM, createOrm } from '../../src/db/orm.ts';
import { CommitOutcomeUnknown, transact } from '../../src/db/transact.ts';
import { FileCount } from '../../src/entities/file-count.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { PATIENT } from '../support/lifecycle.ts';

const COUNT = { name: 'test_count', text: `select files from file_count where tenant = $1` };
const ADD = { name: 'test_add', text: `insert into file_count (tenant, state, files) values ($1, $2, 7)` };

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

const counted = (): Promise<unknown[]> => database.query('select tenant, files from file_count order by tenant');

it('holds what the entity manager flushes and what is sent beside it', async () => {
  const seen = await transact(orm, PATIENT, async (transaction) => {
    transaction.em.create(FileCount, { tenant: 'flushed', state: 'UNTRACKED', files: 5 });
    await transaction.em.flush();
    transaction.send(ADD, ['sent', 'UNTRACKED']);
    const [sent] = await transaction.em.find(FileCount, { tenant: 'sent' });
    return [sent?.files, await transaction.query(COUNT, ['flushed'])];
  });
  expect(seen).toEqual([7, [{ files: 5 }]]);
  expect(await counted()).toEqual([
    { tenant: 'flushed', files: '5' },
    { tenant: 'sent', files: '7' },
  ]);
});

it('throws at COMMIT what a sent statement met, and keeps nothing', async () => {
  const failing = transact(orm, PATIENT, (transaction) => {
    transaction.send(ADD, ['sent', 'UNTRACKED']);
    transaction.send(ADD, ['sent', 'NOWHERE']);
    return Promise.resolve();
  });
  await expect(failing).rejects.toMatchObject({ code: '23514' });
  expect(await counted()).toEqual([]);
});

it('rolls back when its work throws, and gives the connection back', async () => {
  const broken = transact(orm, PATIENT, async (transaction) => {
    transaction.send(ADD, ['sent', 'UNTRACKED']);
    await transaction.query(COUNT, ['sent']);
    throw new Error('the work broke');
  });
  await expect(broken).rejects.toThrow('the work broke');
  expect(await counted()).toEqual([]);
  await transact(orm, PATIENT, async (transaction) => void (await transaction.query(COUNT, ['sent'])));
});

it('says that the outcome is unknown when the connection is lost at COMMIT', async () => {
  const pid = { name: 'test_pid', text: 'select pg_backend_pid() as pid' };
  const cut = transact(orm, PATIENT, async (transaction) => {
    const [row] = await transaction.query<{ pid: number }>(pid, []);
    await database.query(`select pg_terminate_backend(${row!.pid})`);
  });
  await expect(cut).rejects.toBeInstanceOf(CommitOutcomeUnknown);
});

/** Makes every COMMIT that has inserted a count fail with this SQLSTATE, as a pooler might. */
const failAtCommit = (code: string): Promise<unknown> =>
  database.query(`
    create function fail() returns trigger language plpgsql as $$ begin
      raise exception 'no' using errcode = '${code}';
    end $$;
    create constraint trigger fail after insert on file_count deferrable initially deferred
      for each row execute function fail()`);

const commitCount = (): Promise<void> =>
  transact(orm, PATIENT, (transaction) => Promise.resolve(transaction.send(ADD, ['sent', 'UNTRACKED'])));

it.each(['08P01', '57P01', '53300', '25006', '40003', 'XX000', '58000'])(
  'says that the outcome is unknown when COMMIT is answered with %s',
  async (code) => {
    await failAtCommit(code);
    await expect(commitCount()).rejects.toMatchObject({ code: 'COMMIT_OUTCOME_UNKNOWN', cause: { code } });
  },
);

it.each(['23505', '23514', '40001'])('knows that it was rolled back when COMMIT is answered with %s', async (code) => {
  await failAtCommit(code);
  await expect(commitCount()).rejects.toMatchObject({ code });
});

it('does not keep a connection to a server that takes no writes, as a standby after a failover', async () => {
  const setReadOnly = (value: string): Promise<unknown> =>
    database.query(`set transaction read write;
      alter database ${new URL(database.url).pathname.slice(1)} set default_transaction_read_only = ${value}`);
  await setReadOnly('on');
  await expect(commitCount()).rejects.toMatchObject({ code: '25006' });
  await setReadOnly('off');
  await commitCount();
  expect(await counted()).toHaveLength(1);
});

it('sets limits that end with it, and knows the time of the database', async () => {
  const show = { name: 'test_show', text: `select current_setting('lock_timeout') as limit, now() as now` };
  const [inside, now] = await transact(orm, { ...PATIENT, lockTimeoutMs: 1_234 }, async (transaction) => [
    await transaction.query<{ limit: string; now: Date }>(show, []),
    await transaction.now(),
  ]);
  expect(inside).toEqual([{ limit: '1234ms', now }]);
  const [outside] = await orm.em.fork().execute<[{ limit: string }]>(`select current_setting('lock_timeout') as limit`);
  expect(outside.limit).toBe('0');
});
