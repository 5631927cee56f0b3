// Clients that subscribe to everything and never read. They cost bounded memory, do not slow others, and are closed in
// the end with a code that says why.
import { afterEach, expect, it } from 'vitest';
import { type Collector, collect, readCursor } from '../support/changes.ts';
import { newFile, transition } from '../support/client.ts';
import { makeChanges, newFiles } from '../support/cycles.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { readMetric } from '../support/http.ts';
import { LITTLE_GARBAGE, type Memory, settledMemory } from '../support/memory.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';
import { type Ending, type SilentClient, silentSocket, silentStream } from '../support/silent-client.ts';
import { until } from '../support/until.ts';

// Set it for a long run on a quiet machine: only there resident memory and latency are meaningful.
const LONG_RUN = process.env['WAYBILL_CHAOS_CHANGES'];
const CHANGES = Number(LONG_RUN ?? 8_000);
const BOUND = 20 * 2 ** 20;

// Each change is 20 KB in a message and 1 KB in the ring buffer: messages that are kept for a client would show.
const METADATA_BYTES = 1_000;
const COPIES = Array.from({ length: 20 }, (_, at) => `copy${at}: file { metadata }`).join(' ');
const FAT = `subscription { fileChanges { cursor ... on FileTransitioned { ${COPIES} } } }`;
// More than the buffers of a connection in the kernel hold.
const ENOUGH_TO_STALL = 2_000;

let database: TestDatabase;
let replica: WaybillProcess;
afterEach(async () => {
  await replica.end('SIGKILL');
  await database.drop();
});

async function start(env: Record<string, string>): Promise<string> {
  database = await createDatabase();
  replica = await startProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'warn', ...env }, 'api');
  return replica.url;
}

interface Scene {
  readonly url: string;
  readonly ids: readonly string[];
  readonly reader: Collector;
}

/** Starts a replica with files, and a reader of everything that has read their registrations. */
async function prepare(env: Record<string, string>): Promise<Scene> {
  const url = await start(env);
  const reader = collect(url, await readCursor(url));
  const ids = await newFiles(url, METADATA_BYTES);
  await hasRead(reader, ids.length);
  return { url, ids, reader };
}

const hasRead = (reader: Collector, count: number): Promise<unknown> =>
  until(
    () => reader.seen.length,
    (seen) => seen >= count,
    120_000,
  );

/** Makes so many changes, or a few more. Resolves when the reader has them all. */
async function load({ url, ids, reader }: Scene, atLeast: number): Promise<number> {
  const before = reader.seen.length;
  const made = await makeChanges(url, ids, atLeast);
  await hasRead(reader, before + made);
  return made;
}

const followed = (url: string, times: number): Promise<unknown> =>
  until(
    () => readMetric(url, 'waybill_feed_followers'),
    (count) => count === times,
  );

/** Milliseconds from sending a transition to its delivery: the median of many. */
async function latency(url: string, reader: Collector): Promise<number> {
  const times: number[] = [];
  for (let probe = 0; probe < 25; probe += 1) {
    const id = await newFile(url);
    const sentAt = performance.now();
    await transition(url, id, 'START_UPLOAD');
    while (!reader.seen.some(({ fileId, version }) => fileId === id && version === 1)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    times.push(performance.now() - sentAt);
  }
  return times.toSorted((a, b) => a - b)[12]!;
}

/** Each version of each file once, in order. */
function expectInOrder({ seen, failure }: Collector): void {
  expect(failure).toBeUndefined();
  const versions = new Map<string, number>();
  for (const { fileId, version } of seen) {
    expect(version).toBe((versions.get(fileId) ?? version! - 1) + 1);
    versions.set(fileId, version!);
  }
}

/**
 * Loads, with clients of the same kind that do read, until the ring buffer is full and the process has all the memory
 * that such a load needs.
 */
async function warmUp(scene: Scene): Promise<Memory> {
  const { url } = scene;
  await load(scene, 8_500);
  const socket = await silentSocket(url, FAT);
  const stream = await silentStream(url, FAT);
  socket.resume();
  const streamed = stream.readOn();
  let before: Memory = { held: 0, resident: 0 };
  for (let time = 0; ; time += 1) {
    await load(scene, 3_000);
    const after = await settledMemory(url);
    if (after.held - before.held < BOUND / 5) break;
    if (time === 10) throw new Error('it takes more memory with each load, without any silent client');
    before = after;
  }
  socket.leave();
  stream.leave();
  await streamed;
  await followed(url, 1);
  return await settledMemory(url);
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

it('silent clients cost less than 20 MiB, and others get everything', { timeout: 900_000 }, async () => {
  const scene = await prepare({ ...LITTLE_GARBAGE, WAYBILL_SLOW_CLIENT_TIMEOUT: '1h' });
  const { url, reader } = scene;
  const before = await warmUp(scene);
  const latencyBefore = await latency(url, reader);

  const silent = [await silentSocket(url, FAT), await silentStream(url, FAT)];
  await followed(url, 3);
  const made = await load(scene, CHANGES);
  const latencyAfter = await latency(url, reader);
  const after = await settledMemory(url);
  await followed(url, 3); // they are still there, and behind

  const held = after.held - before.held;
  const resident = after.resident - before.resident;
  process.stdout.write(
    `silent clients, ${made} changes of 20 KB: held ${mebibytes(held)}, resident ${mebibytes(resident)} more; ` +
      `a change is delivered after ${latencyBefore.toFixed(1)} ms without them, ${latencyAfter.toFixed(1)} ms with them\n`,
  );
  expect(held).toBeLessThan(BOUND);
  if (LONG_RUN !== undefined) {
    expect(resident).toBeLessThan(BOUND);
    expect(latencyAfter).toBeLessThan(3 * latencyBefore + 50);
  }
  expectInOrder(reader);
  await reader.stop();
  for (const each of silent) each.leave();
});

interface Kind {
  readonly name: string;
  readonly open: (url: string, query: string) => Promise<SilentClient>;
  readonly ending: Partial<Ending>;
}

const KINDS: Kind[] = [
  {
    name: 'WebSocket is closed with 4290',
    open: silentSocket,
    ending: { code: 4290, reason: 'Slow consumer: nothing was read for 8 s', completed: false },
  },
  {
    name: 'event stream is broken off, not completed',
    open: silentStream,
    ending: { code: null, reason: '', completed: false },
  },
];

it.each(KINDS)('a silent $name, and its subscription ends', async ({ open, ending }) => {
  const scene = await prepare({ WAYBILL_SLOW_CLIENT_TIMEOUT: '8s' });
  const silent = await open(scene.url, FAT);
  await followed(scene.url, 2);
  await load(scene, ENOUGH_TO_STALL);
  await followed(scene.url, 1);
  expect(await silent.readOn()).toMatchObject(ending);
  await load(scene, 1_000);
  expectInOrder(scene.reader);
  await scene.reader.stop();
});

it('a client that reads again in time goes on where it stopped', async () => {
  const scene = await prepare({ WAYBILL_SLOW_CLIENT_TIMEOUT: '1h' });
  const silent = await silentSocket(scene.url, FAT);
  await followed(scene.url, 2);
  const made = await load(scene, ENOUGH_TO_STALL);
  silent.resume();
  await until(
    () => silent.received,
    (received) => received === made,
  );
  silent.leave();
  await scene.reader.stop();
});

it('a replica with silent clients stops cleanly', async () => {
  const scene = await prepare({ WAYBILL_SLOW_CLIENT_TIMEOUT: '1h' });
  const silent = [await silentSocket(scene.url, FAT), await silentStream(scene.url, FAT)];
  await followed(scene.url, 3);
  await load(scene, ENOUGH_TO_STALL);
  expect(await replica.end('SIGTERM')).toEqual({ code: 0, signal: null });
  await scene.reader.stop();
  for (const each of silent) each.leave();
});
