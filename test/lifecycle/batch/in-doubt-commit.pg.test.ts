// A connection cut at COMMIT leaves the program without an answer; the client still gets the true one, and nothing happens
// twice.
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import type { Failpoints } from '../../../src/lifecycle/failpoints.ts';
import { COMMIT_MESSAGE } from '../../support/commit-message.ts';
import {
  type Bench,
  PATIENT,
  bring,
  readLog,
  registration,
  sendOne,
  sending,
  startLifecycle,
  untilTrue,
} from '../../support/lifecycle.ts';
import { type MatchAction, type TcpProxy, startTcpProxy } from '../../support/tcp-proxy.ts';

let bench: Bench | undefined;
let proxy: TcpProxy | undefined;
afterEach(async () => {
  await bench?.stop();
  await proxy?.close();
  bench = proxy = undefined;
});

async function startBehindProxy(): Promise<{ bench: Bench; proxy: TcpProxy }> {
  const through = async (url: string): Promise<string> => {
    proxy = await startTcpProxy(url);
    return proxy.urlThrough(url);
  };
  bench = await startLifecycle({ limits: PATIENT, through });
  return { bench, proxy: proxy! };
}

const COMMIT = { pattern: COMMIT_MESSAGE };

const CUTS: [string, MatchAction][] = [
  ['before the server hears of it', 'cutBefore'],
  ['before the client hears of the answer', 'cutAfter'],
];

it.each(CUTS)('a transition whose COMMIT is cut %s is acknowledged, and is in the log once', async (_when, cut) => {
  const {
    bench: { lifecycle, database, log },
    proxy: cutter,
  } = await startBehindProxy();
  const id = await bring(lifecycle);
  log.length = 0;
  cutter.atMatch(COMMIT, cut);
  const command = sending(id, 'START_UPLOAD');
  expect(await sendOne(lifecycle, command)).toMatchObject({
    outcome: 'transitioned',
    replayed: false,
    file: { state: 'UPLOADING', version: 1 },
    transition: { attemptId: command.attemptId, version: 1 },
  });
  expect(cutter.matches).toBe(1);
  expect(await readLog(database, id)).toMatchObject([{ version: 0 }, { version: 1, attempt_id: command.attemptId }]);
  expect(log, 'one attempt, one line').toMatchObject([{ msg: 'transition', outcome: 'success', version: 1 }]);
});

it.each(CUTS)('a batch of many commands whose COMMIT is cut %s keeps every answer', async (_when, cut) => {
  const {
    bench: { lifecycle, database },
    proxy: cutter,
  } = await startBehindProxy();
  const ids = await Promise.all(Array.from({ length: 30 }, () => bring(lifecycle)));
  cutter.atMatch(COMMIT, cut);
  const commands = ids.flatMap((id) => [sending(id, 'START_UPLOAD'), sending(id, 'START_UPLOAD')]);
  const answers = await lifecycle.execute<'transition'>(commands);
  expect(cutter.matches).toBe(1);
  expect(answers.map(({ outcome }) => outcome)).toEqual(ids.flatMap(() => ['transitioned', 'rejected']));
  for (const id of ids) expect(await readLog(database, id)).toHaveLength(2);
});

it.each(CUTS)('a registration with a key whose COMMIT is cut %s makes one file', async (_when, cut) => {
  const {
    bench: { lifecycle, database },
    proxy: cutter,
  } = await startBehindProxy();
  cutter.atMatch(COMMIT, cut);
  const first = await lifecycle.executeOne(registration({ idempotencyKey: 'k' }));
  const again = await lifecycle.executeOne(registration({ idempotencyKey: 'k' }));
  expect(cutter.matches).toBe(1);
  expect(first).toMatchObject({ outcome: 'registered', replayed: false });
  expect(again).toEqual({ ...first, replayed: true });
  expect(await database.query('select from file')).toHaveLength(1);
});

it('a COMMIT that is still at work when its connection is cut is waited for, not done again', async () => {
  const {
    bench: { lifecycle, database },
    proxy: cutter,
  } = await startBehindProxy();
  const id = await bring(lifecycle);
  // The server hears the COMMIT and cannot finish it until the test lets it.
  await database.query(`
    create function wait_for_test() returns trigger language plpgsql as $$ begin
      perform pg_advisory_xact_lock(42); return null;
    end $$;
    create constraint trigger slow_commit after insert on file_change deferrable initially deferred
      for each row execute function wait_for_test()`);
  const holder = new pg.Client({ connectionString: database.url });
  holder.on('error', () => undefined);
  await holder.connect();
  await holder.query('select pg_advisory_lock(42)');

  cutter.atMatch(COMMIT, 'cutAfter');
  const pending = sendOne(lifecycle, sending(id, 'START_UPLOAD'));
  // Wait for its backend to hang in COMMIT, and for the program to have asked after it (or to have begun anew).
  const others = `from pg_stat_activity where datname = current_database() and application_name = 'waybill-writes'`;
  await untilTrue(database, `exists (select ${others} and query = 'commit' and wait_event = 'advisory')`);
  await untilTrue(
    database,
    `exists (select ${others} and (query like '%pg_xact_status%' or query like '%for update%'))`,
  );
  await holder.end();
  expect(await pending).toMatchObject({ outcome: 'transitioned', file: { state: 'UPLOADING', version: 1 } });
  expect(await readLog(database, id)).toHaveLength(2);
});

it('a batch whose session the server ends before COMMIT arrives is run again, and committed once', async () => {
  let armed = false;
  const failpoints: Failpoints = async (name) => {
    if (name !== 'before_commit' || !armed) return;
    armed = false;
    await bench?.database.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where datname = current_database() and application_name = 'waybill-writes'`,
    );
  };
  bench = await startLifecycle({ failpoints });
  const { lifecycle, database } = bench;
  const id = await bring(lifecycle);
  armed = true;
  expect(await sendOne(lifecycle, sending(id, 'START_UPLOAD'))).toMatchObject({ outcome: 'transitioned' });
  expect(armed, 'the failpoint was reached').toBe(false);
  expect(await readLog(database, id)).toHaveLength(2);
});

it('the same change by another replica is not taken for its own', async () => {
  let other: Bench | undefined;
  const failpoints: Failpoints = async (name) => {
    if (name !== 'before_commit' || other !== undefined) return;
    other = await startLifecycle({ database: bench!.database });
    await bench!.database.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where datname = current_database() and application_name = 'waybill-writes'`,
    );
    expect(await sendOne(other.lifecycle, sending(id, 'START_UPLOAD'))).toMatchObject({ outcome: 'transitioned' });
  };
  bench = await startLifecycle();
  const id = await bring(bench.lifecycle);
  const replica = await startLifecycle({ database: bench.database, failpoints });
  expect(await sendOne(replica.lifecycle, sending(id, 'START_UPLOAD'))).toMatchObject({
    outcome: 'rejected',
    code: 'TRANSITION_NOT_ALLOWED',
    file: { version: 1 },
  });
  expect(await readLog(bench.database, id)).toHaveLength(2);
  await replica.stop();
  await other?.stop();
});

it.each(['before_lock', 'after_decide', 'before_commit'] as const)(
  'an error at %s leaves the file as it was, and the next attempt succeeds',
  async (failpoint) => {
    let armed = false;
    const failpoints: Failpoints = (name) => {
      if (name === failpoint && armed) throw new Error(`broken at ${failpoint}`);
    };
    bench = await startLifecycle({ failpoints });
    const { lifecycle, database } = bench;
    const id = await bring(lifecycle);
    armed = true;
    const failed = { outcome: 'failed', error: { message: `broken at ${failpoint}` } };
    expect(await sendOne(lifecycle, sending(id, 'START_UPLOAD'))).toMatchObject(failed);
    expect(await readLog(database, id)).toHaveLength(1);
    armed = false;
    expect(await sendOne(lifecycle, sending(id, 'START_UPLOAD'))).toMatchObject({ file: { version: 1 } });
  },
);

it('an error after the commit leaves every file of the batch changed and recorded, once', async () => {
  let armed = false;
  const failpoints: Failpoints = (name) => {
    if (name !== 'after_commit' || !armed) return;
    // Once: a batch that ran again would have other answers.
    armed = false;
    throw new Error('broken after the commit');
  };
  bench = await startLifecycle({ failpoints });
  const { lifecycle, database } = bench;
  const ids = await Promise.all([1, 2, 3].map(() => bring(lifecycle)));
  armed = true;
  const answers = await lifecycle.execute<'transition'>(ids.map((id) => sending(id, 'START_UPLOAD')));
  for (const answer of answers) {
    expect(answer).toMatchObject({ outcome: 'failed', error: { message: 'broken after the commit' } });
  }
  for (const id of ids) expect(await readLog(database, id)).toMatchObject([{ version: 0 }, { version: 1 }]);
  expect(await sendOne(lifecycle, sending(ids[0]!, 'COMPLETE_UPLOAD'))).toMatchObject({ file: { version: 2 } });
});
