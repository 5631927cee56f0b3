// Clients that subscribe to everything and never read. They cost bounded memory, slow nobody else, and are closed in the
// end with a code that says why.
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

const CHANGES = Number(process.env['WAYBILL_CHAOS_CHANGES'] ?? 8_000);
const BOUND = 20 * 2 ** 20;

// 20 KB for each change, of 1 KB in the ring: what was kept for somebody would show.
const METADATA_BYTES = 1_000;
const COPIES = Array.from({ length: 20 }, (_, at) => `copy${at}: file { metadata }`).join(' ');
const FAT = `subscription { fileChanges { cursor ... on FileTransitioned { ${COPIES} } } }`;
// More than a connection's buffers in the kernel take.
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

const followers = (url: string): Promise<number> => readMetric(url, 'waybill_feed_followers');

/** Makes changes until there are so many more; resolves when the reader has them all. */
async function load(url: string, ids: readonly string[], reader: Collector, atLeast: number): Promise<number> {
  const before = reader.seen.length;
  const made = await makeChanges(url, ids, atLeast);
  await until(
    () => reader.seen.length,
    (seen) => seen >= before + made,
    120_000,
  );
  return made;
}

/** Milliseconds from sending a transition to hearing of it: the median of many. */
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

/** Loads until the ring is full and the process has all the memory that such a load needs. */
async function warmUp(url: string, ids: readonly string[], reader: Collector): Promise<Memory> {
  let before: Memory = { held: 0, resident: 0 };
  for (let time = 0; time < 8; time += 1) {
    await load(url, ids, reader, 8_500);
    const after = await settledMemory(url);
    if (after.resident - before.resident < BOUND / 5) return after;
    before = after;
  }
  throw new Error('it takes more memory with each load, whether or not somebody is silent');
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

it(
  'silent clients cost less than 20 MiB, and others hear everything as soon as before',
  { timeout: 900_000 },
  async () => {
    const url = await start({ ...LITTLE_GARBAGE, WAYBILL_SLOW_CLIENT_TIMEOUT: '1h' });
    const ids = await newFiles(url, METADATA_BYTES);
    const reader = collect(url, await readCursor(url));
    const before = await warmUp(url, ids, reader);
    const latencyBefore = await latency(url, reader);

    const silent = [await silentSocket(url, FAT), await silentStream(url, FAT)];
    await until(
      () => followers(url),
      (count) => count === 3,
    );
    const heard = await load(url, ids, reader, CHANGES);
    const latencyAfter = await latency(url, reader);
    const after = await settledMemory(url);
    expect(await followers(url), 'the silent ones are there, and behind').toBe(3);

    const held = after.held - before.held;
    const resident = after.resident - before.resident;
    process.stdout.write(
      `silent clients, ${heard} changes of 20 KB: held ${mebibytes(held)}, resident ${mebibytes(resident)} more; ` +
        `a change is heard after ${latencyBefore.toFixed(1)} ms before, ${latencyAfter.toFixed(1)} ms besides them\n`,
    );
    expect(held).toBeLessThan(BOUND);
    expect(resident).toBeLessThan(BOUND);
    expect(latencyAfter).toBeLessThan(3 * latencyBefore + 50);
    expectInOrder(reader);
    await reader.stop();
    for (const each of silent) each.leave();
  },
);

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
    name: 'event stream is cut, not completed',
    open: silentStream,
    ending: { code: null, reason: '', completed: false },
  },
];

it.each(KINDS)('a silent $name, and its subscription ends', async ({ open, ending }) => {
  const url = await start({ WAYBILL_SLOW_CLIENT_TIMEOUT: '8s' });
  const ids = await newFiles(url, METADATA_BYTES);
  const reader = collect(url, await readCursor(url));
  const silent = await open(url, FAT);
  await until(
    () => followers(url),
    (count) => count === 2,
  );
  await load(url, ids, reader, ENOUGH_TO_STALL);
  await until(
    () => followers(url),
    (count) => count === 1,
  );
  expect(await silent.readOn()).toMatchObject(ending);
  await load(url, ids, reader, 1_000);
  expectInOrder(reader);
  await reader.stop();
});

it('a client that reads again in time goes on where it stopped', async () => {
  const url = await start({ WAYBILL_SLOW_CLIENT_TIMEOUT: '1h' });
  const ids = await newFiles(url, METADATA_BYTES);
  const reader = collect(url, await readCursor(url));
  const silent = await silentSocket(url, FAT);
  const made = await load(url, ids, reader, ENOUGH_TO_STALL);
  silent.resume();
  await until(
    () => silent.received,
    (received) => received === made,
  );
  silent.leave();
  await reader.stop();
});

it('a replica with a silent client stops in good order', async () => {
  const url = await start({ WAYBILL_SLOW_CLIENT_TIMEOUT: '1h' });
  const ids = await newFiles(url, METADATA_BYTES);
  const reader = collect(url, await readCursor(url));
  const silent = [await silentSocket(url, FAT), await silentStream(url, FAT)];
  await load(url, ids, reader, ENOUGH_TO_STALL);
  expect(await replica.end('SIGTERM')).toEqual({ code: 0, signal: null });
  await reader.stop();
  for (const each of silent) each.leave();
});
