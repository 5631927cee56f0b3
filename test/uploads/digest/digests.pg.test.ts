// The digest of an upload is kept from one request to the next, and from one process to another.
import { createHash, randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../../../src/log.ts';
import { StoredDigests } from '../../../src/uploads/digest/stored-digests.ts';
import { DigestThreads } from '../../../src/uploads/digest/digest-threads.ts';
import { KeptDigests } from '../../../src/uploads/digest/kept-digests.ts';
import { SegmentRows } from '../../../src/uploads/segment-rows.ts';
import { type Bench, registration, startLifecycle } from '../../support/lifecycle.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { openPool } from '../../support/pool.ts';
import { until } from '../../support/until.ts';

const MIB = 2 ** 20;
const BYTES = randomBytes(20 * MIB);
const HELD = 16 * MIB;

let bench: Bench;
let pool: ReturnType<typeof openPool>;
const threads = new DigestThreads(createLogger('silent'));

beforeAll(async () => {
  bench = await startLifecycle();
  pool = openPool(bench.database.url, 4);
});

afterAll(async () => {
  await threads.stop();
  await pool.end();
  await bench.stop();
});

/** A store that counts the bytes read. */
class CountingStore extends MemoryStore {
  read = 0;

  override async readSegment(name: string, start: number, end: number): Promise<Readable> {
    this.read += end - start;
    return await super.readSegment(name, start, end);
  }
}

async function holdBytes(): Promise<{ fileId: string; rows: SegmentRows; store: CountingStore }> {
  const command = registration({ transfer: 'MANAGED', size: BYTES.length });
  await bench.lifecycle.execute<'register'>([command]);
  const { fileId } = command;
  const rows = new SegmentRows(pool, uuidv7);
  const store = new CountingStore();
  await pool.query('insert into upload (file_id, epoch) values ($1, 1)', [fileId]);
  const { id } = await rows.begin({ fileId, epoch: 1 }, 0);
  await pool.query('update segment set length = $2 where id = $1', [id, HELD]);
  store.segments.set(id, BYTES.subarray(0, HELD));
  return { fileId, rows, store };
}

function open(rows: SegmentRows, store: CountingStore): KeptDigests {
  const stored = new StoredDigests(pool);
  return new KeptDigests({
    store,
    rows,
    stored,
    threads,
    log: createLogger('silent'),
    now: () => performance.now(),
    pauseMs: 0,
  });
}

const whole = createHash('sha256').update(BYTES).digest('hex');

it('a digest that was kept is gone on with, without a byte read', async () => {
  const { fileId, rows, store } = await holdBytes();
  const digests = open(rows, store);
  const digest = await digests.take(fileId, HELD, BYTES.length);
  expect(store.read).toBe(HELD); // not kept yet
  const [last] = await rows.list(fileId, HELD);
  await digests.stop();
  digests.keep(fileId, last!, digest);
  const again = await digests.take(fileId, HELD, BYTES.length);
  await again.update(BYTES.subarray(HELD));
  expect(await again.end()).toBe(whole);
  expect(store.read).toBe(HELD);
});

it('that of an upload that pauses is written down, and another process reads nothing again', async () => {
  const { fileId, rows, store } = await holdBytes();
  const digests = open(rows, store);
  const [last] = await rows.list(fileId, HELD);
  digests.keep(fileId, last!, await digests.take(fileId, HELD, BYTES.length));
  const saved = (): Promise<{ digest_offset: string }[]> =>
    bench.database.query('select digest_offset from upload where file_id = $1', [fileId]);
  await until(saved, ([row]) => Number(row?.digest_offset) === HELD);
  await digests.stop();
  store.read = 0;
  const elsewhere = open(rows, store);
  const digest = await elsewhere.take(fileId, HELD, BYTES.length);
  await digest.update(BYTES.subarray(HELD));
  expect(await digest.end()).toBe(whole);
  expect(store.read).toBe(0);
  await elsewhere.stop();
});

it('a state that another build has saved is not gone on with: the bytes are read again', async () => {
  const { fileId, rows, store } = await holdBytes();
  const digests = open(rows, store);
  const saved = threads.resume(null);
  await saved.update(BYTES.subarray(0, 10 * MIB));
  const state = Buffer.from((await saved.save())!, 'base64');
  state[0]! ^= 1;
  const [last] = await rows.list(fileId, HELD);
  await new StoredDigests(pool).save(fileId, { state: state.toString('base64'), offset: 10 * MIB }, last!);
  const digest = await digests.take(fileId, HELD, BYTES.length);
  await digest.update(BYTES.subarray(HELD));
  expect(await digest.end()).toBe(whole);
  expect(store.read).toBe(HELD);
  expect(await saved.save()).not.toBeNull(); // the thread has not ended
  saved.drop();
  await digests.stop();
});

it('one that is lost with its thread is computed again from what is stored, also beyond what is acknowledged', async () => {
  const { fileId, rows, store } = await holdBytes();
  const digests = open(rows, store);
  const saved = threads.resume(null);
  await saved.update(BYTES.subarray(0, 10 * MIB));
  const [last] = await rows.list(fileId, HELD);
  await new StoredDigests(pool).save(fileId, { state: (await saved.save())!, offset: 10 * MIB }, last!);
  store.segments.set(last!.id, BYTES);
  const digest = await digests.retake(fileId, [{ ...last!, length: BYTES.length }], BYTES.length);
  expect(await digest.end()).toBe(whole);
  expect(store.read).toBe(10 * MIB);
  await digests.stop();
});

it('is not written down for bytes that were dropped meanwhile', async () => {
  const { fileId, rows } = await holdBytes();
  const [last] = await rows.list(fileId, HELD);
  const digest = threads.resume(null);
  await digest.update(BYTES.subarray(0, HELD));
  await pool.query('update segment set file_id = null where id = $1', [last!.id]);
  const stored = new StoredDigests(pool);
  await stored.save(fileId, { state: (await digest.save())!, offset: HELD }, last!);
  expect(await stored.read(fileId, HELD)).toBeNull();
});
