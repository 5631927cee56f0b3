// Promise 2 under load: transitions of one file are linearizable, its versions are gapless, replaying its log gives its
// row; and a file that everybody wants slows nobody else.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LIFECYCLE_EVENTS, type LifecycleEvent } from '../../src/fsm/machine.ts';
import { CONTRACT } from '../fsm/contract-table.ts';
import { type Result, newFile, readFile, transition, transitions } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import {
  type Bench,
  PATIENT,
  bring,
  holdFiles,
  readLog,
  sendOne,
  sending,
  startLifecycle,
  untilTrue,
  uuidOf,
} from '../support/lifecycle.ts';

let cleanUp: (() => Promise<void>)[];
beforeEach(() => {
  cleanUp = [];
});
afterEach(async () => {
  for (const step of cleanUp.toReversed()) await step();
});

async function boot(options: Parameters<typeof startInstance>[0] = {}): Promise<Instance> {
  const env = { WAYBILL_MAX_ATTEMPTS: '100000' };
  const waybill = await startInstance({ env, ...options });
  cleanUp.push(() => waybill.stop());
  return waybill;
}

async function bootLifecycle(): Promise<Bench> {
  const bench = await startLifecycle({ limits: PATIENT });
  cleanUp.push(() => bench.stop());
  return bench;
}

const times = <Value>(count: number, make: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Every event in turn, so that whatever state the file is in, some caller has the right one. */
const eventAt = (index: number): LifecycleEvent => LIFECYCLE_EVENTS[index % LIFECYCLE_EVENTS.length]!;

/** Replays the log of a file through the contract's table, and holds it against its row and the answers given. */
async function checkHistory(waybill: Instance, id: string, answers: readonly Result[]): Promise<number> {
  const log = await readLog(waybill.database, uuidOf(id));
  expect(
    log.map(({ version }) => version),
    'no gaps, in order',
  ).toEqual(times(log.length, (version) => version));
  let state: keyof typeof CONTRACT = 'UNTRACKED';
  for (const { event, from_state: from, to_state: to } of log.slice(1)) {
    expect(from).toBe(state);
    expect(CONTRACT[state][event!]?.to, `${state} ${event}`).toBe(to);
    state = to!;
  }
  expect(await readFile(waybill.url, id)).toMatchObject({ state, version: log.length - 1 });
  const successes = answers.flatMap(({ transition: moved }) => (moved === undefined ? [] : [moved]));
  const acknowledged = successes.map(({ version, attemptId }) => [version, attemptId]);
  const recorded = log.slice(1).map(({ version, attempt_id: attempt }) => [version, `attempt_${attempt}`]);
  expect(acknowledged.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual(recorded);
  return successes.length;
}

it('two hundred mutations of one file at once leave gapless versions, on one replica', async () => {
  const waybill = await boot();
  const id = await newFile(waybill.url);
  const answers = await Promise.all(times(200, (index) => transition(waybill.url, id, eventAt(index))));
  expect(await checkHistory(waybill, id, answers)).toBeGreaterThan(0);
});

it('two hundred mutations of one file at once leave gapless versions, on two replicas and in bulk', async () => {
  const first = await boot();
  const second = await boot({ database: first.database });
  const id = await newFile(first.url);
  const singles = times(200, (index) => transition((index % 2 === 0 ? first : second).url, id, eventAt(index)));
  const bulks = [first, second].map(({ url }) =>
    transitions(
      url,
      times(100, (index) => ({ id, event: eventAt(index) })),
    ),
  );
  const answers = [...(await Promise.all(singles)), ...(await Promise.all(bulks)).flat()];
  // A batch that loses the row to the other replica waits for it by itself: no client gets FILE_BUSY for that.
  expect(answers.filter(({ code }) => code === 'FILE_BUSY')).toEqual([]);
  expect(await checkHistory(first, id, answers)).toBeGreaterThan(8);
});

it('two replicas that get overlapping bulks in opposite orders never wait for each other in a circle', async () => {
  const first = await boot();
  const second = await boot({ database: first.database });
  const ids = await Promise.all(times(60, () => newFile(first.url)));
  const [there, back] = [ids, ids.toReversed()].map((order) => order.map((id) => ({ id, event: 'START_UPLOAD' })));
  const answers = await Promise.all([
    ...times(5, () => transitions(first.url, there!)),
    ...times(5, () => transitions(second.url, back!)),
  ]);
  const successes = answers.flat().flatMap(({ transition: moved, file }) => (moved === undefined ? [] : [file?.id]));
  expect(successes).toHaveLength(ids.length);
  expect(new Set(successes)).toEqual(new Set(ids));
});

it('while a file is locked and two hundred mutations wait for it, mutations of other files are answered', async () => {
  const { lifecycle, database } = await bootLifecycle();
  const hot = await bring(lifecycle);
  const others = await Promise.all(times(40, () => bring(lifecycle)));
  const letGo = await holdFiles(database, hot);
  const burst = Promise.all(times(200, (index) => sendOne(lifecycle, sending(hot, eventAt(index)))));
  await untilTrue(
    database,
    `exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`,
  );
  // Nothing here gives up on a lock before two minutes: had these to wait for it, the test would never get past this.
  for (const event of ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING'] as const) {
    const moved = await Promise.all(others.map((id) => sendOne(lifecycle, sending(id, event))));
    expect(moved.map(({ outcome }) => outcome)).toEqual(others.map(() => 'transitioned'));
  }
  expect(await readLog(database, hot), 'the burst is still waiting').toHaveLength(1);
  await letGo();
  const successes = (await burst).filter(({ outcome }) => outcome === 'transitioned').length;
  const versions = (await readLog(database, hot)).map(({ version }) => version);
  expect(versions).toEqual(times(successes + 1, (version) => version));
});

it('while more files are locked than there are contended workers, mutations of other files are answered', async () => {
  const { lifecycle, database } = await bootLifecycle();
  const held = await Promise.all(times(20, () => bring(lifecycle)));
  const other = await bring(lifecycle);
  const letGo = await holdFiles(database, ...held);
  const waiting = Promise.all(held.map((id) => sendOne(lifecycle, sending(id, 'START_UPLOAD'))));
  await untilTrue(
    database,
    `exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`,
  );
  expect(await sendOne(lifecycle, sending(other, 'START_UPLOAD'))).toMatchObject({ outcome: 'transitioned' });
  await letGo();
  expect((await waiting).map(({ outcome }) => outcome)).toEqual(held.map(() => 'transitioned'));
});
