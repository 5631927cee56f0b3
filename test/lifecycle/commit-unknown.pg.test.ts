// A connection cut at COMMIT leaves the program without an answer; the client gets the true one all the same, and
// whatever happened, it happened once.
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import type { Seams } from '../../src/lifecycle/seams.ts';
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
} from '../support/lifecycle.ts';
import { type Cut, type Proxy, startProxy } from '../support/proxy.ts';

let bench: Bench | undefined;
let proxy: Proxy | undefined;
afterEach(async () => {
  await bench?.stop();
  await proxy?.close();
  bench = proxy = undefined;
});

async function startBehindProxy(): Promise<{ bench: Bench; proxy: Proxy }> {
  const through = async (url: string): Promise<string> => {
    proxy = await startProxy(url);
    return proxy.url;
  };
  bench = await startLifecycle({ limits: PATIENT, through });
  return { bench, proxy: proxy! };
}

const CUTS: [string, Cut][] = [
  ['before the server hears of it', 'swallow'],
  ['before the client hears of the answer', 'mute'],
];

it.each(CUTS)('a transition whose COMMIT is cut %s is acknowledged, and is in the log once', async (_when, cut) => {
  const {
    bench: { lifecycle, database, log },
    proxy: cutter,
  } = await startBehindProxy();
  const id = await bring(lifecycle);
  log.length = 0;
  cutter.cutNextCommit(cut);
  const command = sending(id, 'START_UPLOAD');
  expect(await sendOne(lifecycle, command)).toMatchObject({
    outcome: 'transitioned',
    replayed: false,
    file: { state: 'UPLOADING', version: 1 },
    transition: { attemptId: command.attemptId, version: 1 },
  });
  expect(cutter.cuts).toBe(1);
  expect(await readLog(database, id)).toMatchObject([{ version: 0 }, { version: 1, attempt_id: command.attemptId }]);
  expect(log, 'one attempt, one line').toMatchObject([{ msg: 'transition', outcome: 'success', version: 1 }]);
});

it.each(CUTS)('a unit of many commands whose COMMIT is cut %s keeps every answer', async (_when, cut) => {
  const {
    bench: { lifecycle, database },
    proxy: cutter,
  } = await startBehindProxy();
  const ids = await Promise.all(Array.from({ length: 30 }, () => bring(lifecycle)));
  cutter.cutNextCommit(cut);
  const commands = ids.flatMap((id) => [sending(id, 'START_UPLOAD'), sending(id, 'START_UPLOAD')]);
  const answers = await lifecycle.execute<'transition'>(commands);
  expect(cutter.cuts).toBe(1);
  expect(answers.map(({ outcome }) => outcome)).toEqual(ids.flatMap(() => ['transitioned', 'rejected']));
  for (const id of ids) expect(await readLog(database, id)).toHaveLength(2);
});

it.each(CUTS)('a registration with a key whose COMMIT is cut %s makes one file', async (_when, cut) => {
  const {
    bench: { lifecycle, database },
    proxy: cutter,
  } = await startBehindProxy();
  cutter.cutNextCommit(cut);
  const [first] = await lifecycle.execute<'register'>([registration({ idempotencyKey: 'k' })]);
  const [again] = await lifecycle.execute<'register'>([registration({ idempotencyKey: 'k' })]);
  expect(cutter.cuts).toBe(1);
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

  cutter.cutNextCommit('mute');
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

it('a session that the server ends before COMMIT arrives is a unit to be run again, and runs once', async () => {
  let armed = false;
  const seams: Seams = async (name) => {
    if (name !== 'before_commit' || !armed) return;
    armed = false;
    await bench?.database.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where datname = current_database() and application_name = 'waybill-writes'`,
    );
  };
  bench = await startLifecycle({ seams });
  const { lifecycle, database } = bench;
  const id = await bring(lifecycle);
  armed = true;
  expect(await sendOne(lifecycle, sending(id, 'START_UPLOAD'))).toMatchObject({ outcome: 'transitioned' });
  expect(armed, 'the seam went off').toBe(false);
  expect(await readLog(database, id)).toHaveLength(2);
});

it.each(['before_lock', 'after_decide', 'before_commit'] as const)(
  'an error at %s leaves the file as it was, and the next attempt succeeds',
  async (seam) => {
    let armed = false;
    const seams: Seams = (name) => {
      if (name === seam && armed) throw new Error(`broken at ${seam}`);
    };
    bench = await startLifecycle({ seams });
    const { lifecycle, database } = bench;
    const id = await bring(lifecycle);
    armed = true;
    const failed = { outcome: 'failed', error: { message: `broken at ${seam}` } };
    expect(await sendOne(lifecycle, sending(id, 'START_UPLOAD'))).toMatchObject(failed);
    expect(await readLog(database, id)).toHaveLength(1);
    armed = false;
    expect(await sendOne(lifecycle, sending(id, 'START_UPLOAD'))).toMatchObject({ file: { version: 1 } });
  },
);

it('an error after the commit leaves every file of the unit moved and recorded, once', async () => {
  let armed = false;
  const seams: Seams = (name) => {
    if (name !== 'after_commit' || !armed) return;
    // Once: were the unit run again, it would be answered otherwise.
    armed = false;
    throw new Error('broken after the commit');
  };
  bench = await startLifecycle({ seams });
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
