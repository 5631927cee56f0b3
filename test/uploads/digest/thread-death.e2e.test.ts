// A digest thread that ends in mid-upload: the upload goes on, its digest is right, and nothing acknowledged is lost.
import { createHash } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MIB, digestOf, randomBytes } from '../../support/bytes.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { createRandom } from '../../support/random.ts';
import { createUpload, openPatch, patch, tus } from '../../support/tus.ts';
import { type StorageDirectory, createStorage, readHeld } from '../../support/upload-server.ts';
import { until } from '../../support/until.ts';

const SIZE = 6 * MIB;
const bytes = randomBytes(createRandom(1), SIZE);
const LOST = 'a digest thread has ended; what it computed is read again';

let database: TestDatabase;
let storage: StorageDirectory;
let instance: Instance;
let other: Instance;
/** Those that have not ended. */
const running = new Set<Worker>();

function note(worker: Worker): void {
  running.add(worker);
  worker.once('exit', () => running.delete(worker));
}

beforeAll(async () => {
  [database, storage] = await Promise.all([createDatabase(), createStorage()]);
  const env = { WAYBILL_STORAGE_URL: storage.url };
  [instance, other] = await Promise.all([startInstance({ database, env }), startInstance({ database, env })]);
});
afterAll(async () => {
  await Promise.all([instance.stop(), other.stop()]);
  await database.drop();
  await storage.remove();
});
beforeEach(() => void process.on('worker', note));
afterEach(() => void process.off('worker', note));

const held = (url: string) => readHeld(database, storage.store, url);
const elsewhere = (url: string): string => url.replace(instance.url, other.url);
const endThreads = (): Promise<unknown> => Promise.all([...running].map((worker) => worker.terminate()));
const deaths = (): number => instance.log.filter(({ msg }) => msg === LOST).length;

async function acknowledged(url: string): Promise<number> {
  const rows = await database.query<{ n: number }>(
    'select coalesce(sum(length), 0)::int as n from segment where file_id = $1',
    [url.slice(-36)],
  );
  return rows[0]?.n ?? 0;
}

async function stateOf(url: string): Promise<string | undefined> {
  const rows = await database.query<{ state: string }>('select state from file where id = $1', [url.slice(-36)]);
  return rows[0]?.state;
}

/** Sends the first half of all bytes from `offset` on, ends the threads, sends the rest. */
async function sendOverDeath(url: string, offset: number, headers: Record<string, string> = {}) {
  const middle = (offset + SIZE) / 2;
  const open = await openPatch(url, offset, SIZE - offset, headers);
  await open.send(bytes.subarray(offset, middle));
  // Its digest exists once the first bytes have started it.
  await until(
    () => stateOf(url),
    (state) => state === 'UPLOADING' && running.size > 0,
  );
  await endThreads();
  await open.send(bytes.subarray(middle));
  return await open.answer;
}

const COMPLETE = { state: 'PROCESSING', sha256: digestOf(bytes) };

describe('when its thread ends', () => {
  it('in the middle of the only request, an upload completes with the right digest', async () => {
    const before = deaths();
    const url = await createUpload(instance.url, SIZE, { sha256: digestOf(bytes) });
    expect(await sendOverDeath(url, 0)).toMatchObject({ status: 204, offset: SIZE });
    const { bytes: stored, ...rest } = await held(url);
    expect(rest).toMatchObject(COMPLETE);
    expect(stored.equals(bytes)).toBe(true);
    expect(deaths()).toBe(before + 1);
  });

  it('in the middle of a later request, what earlier ones brought is read again too', async () => {
    const url = await createUpload(instance.url, SIZE);
    await patch(url, 0, bytes.subarray(0, 2 * MIB));
    expect(await sendOverDeath(url, 2 * MIB)).toMatchObject({ status: 204, offset: SIZE });
    expect(await held(url)).toMatchObject(COMPLETE);
  });

  it('between two requests, the upload goes on', async () => {
    const url = await createUpload(instance.url, SIZE);
    await patch(url, 0, bytes.subarray(0, 2 * MIB));
    await endThreads();
    expect(await patch(url, 2 * MIB, bytes.subarray(2 * MIB))).toMatchObject({ status: 204, offset: SIZE });
    expect(await held(url)).toMatchObject(COMPLETE);
  });

  it('wrong bytes are still found', async () => {
    const url = await createUpload(instance.url, SIZE, { sha256: digestOf(bytes.subarray(1)) });
    expect((await sendOverDeath(url, 0)).status).toBe(460);
  });

  it('a request under a checksum is refused, keeps nothing, and may be sent again', async () => {
    const url = await createUpload(instance.url, SIZE);
    const checksum = { 'upload-checksum': `sha1 ${createHash('sha1').update(bytes).digest('base64')}` };
    const answer = await sendOverDeath(url, 0, checksum);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(await acknowledged(url)).toBe(0);
    expect(await patch(url, 0, bytes, checksum)).toMatchObject({ status: 204, offset: SIZE });
    expect(await held(url)).toMatchObject(COMPLETE);
  });
});

describe('an upload whose digest is in a thread', () => {
  it('is cut off, and goes on at another replica', async () => {
    const url = await createUpload(instance.url, SIZE);
    const open = await openPatch(url, 0, SIZE);
    await open.send(bytes.subarray(0, 3 * MIB));
    await open.cut();
    await until(
      () => tus('HEAD', elsewhere(url)),
      ({ offset }) => offset > 0,
    );
    const answer = await until(
      async () => {
        const { offset: now } = await tus('HEAD', elsewhere(url));
        return await patch(elsewhere(url), now, bytes.subarray(now));
      },
      ({ status }) => status !== 423 && status !== 409,
    );
    expect(answer).toMatchObject({ status: 204, offset: SIZE });
    expect(await held(url)).toMatchObject(COMPLETE);
  });
});
