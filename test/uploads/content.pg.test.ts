// Reads bytes back across segments: any span of any file, and what happens when bytes are missing. A failure prints its
// seed; WAYBILL_TEST_SEED repeats it.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MikroORM, createOrm } from '../../src/db/orm.ts';
import { FileReader } from '../../src/lifecycle/reader.ts';
import { ContentReader, type FileWithContent, hasContent } from '../../src/uploads/content.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { type StoreOptions, type StoredFile, storeFile } from '../support/stored-file.ts';
import { until } from '../support/until.ts';

const { WAYBILL_TEST_SEED: given } = process.env;
const TENANT = 'local';

let database: TestDatabase;
let orm: MikroORM;
let store: MemoryStore;
let content: ContentReader;
beforeAll(async () => {
  database = await createDatabase();
  // One connection: a reader that kept it while bytes flow would leave none for the others.
  orm = createOrm({ url: database.url, name: 'content', max: 1 });
});
beforeEach(() => {
  store = new MemoryStore();
  content = new ContentReader(orm, store);
});
afterAll(async () => {
  await orm.close();
  await database.drop();
});

async function readRow(fileId: string): Promise<FileWithContent> {
  const file = await new FileReader(orm).readFile(TENANT, fileId);
  if (file === null || !hasContent(file)) throw new Error('no content');
  return file;
}

async function put(options: StoreOptions = {}): Promise<{ stored: StoredFile; file: FileWithContent }> {
  const stored = await storeFile(database, store, options);
  return { stored, file: await readRow(stored.fileId) };
}

describe('a span', () => {
  const layouts = fc.integer({ min: 1, max: 300 }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      cuts: fc.uniqueArray(fc.integer({ min: 1, max: Math.max(1, size - 1) }), { maxLength: 12 }),
      spans: fc.array(fc.tuple(fc.integer({ min: 0, max: size }), fc.integer({ min: 0, max: size })), {
        minLength: 1,
        maxLength: 8,
      }),
      chunkBytes: fc.integer({ min: 1, max: 50 }),
    }),
  );

  it('of any file, however it was cut into segments, is its bytes', { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(layouts, async ({ size, cuts, spans, chunkBytes }) => {
      store.chunkBytes = chunkBytes;
      const inside = cuts.filter((cut) => cut < size).toSorted((a, b) => a - b);
      const { stored, file } = await put({ bytes: randomBytes(size), cuts: inside });
      for (const [one, other] of [...spans, [0, size] as const]) {
        const [start, end] = [Math.min(one, other), Math.max(one, other)];
        const before = store.sent;
        const read = await buffer((await content.open(TENANT, file, { start, end }))!);
        expect(read.equals(stored.bytes.subarray(start, end)), `${start}-${end} of ${size}`).toBe(true);
        expect(store.sent - before, 'asked of the store').toBe(end - start);
      }
      expect(store.open.size).toBe(0);
    });
    await fc.assert(property, { numRuns: 60, ...(given === undefined ? {} : { seed: Number(given) }) });
  });

  it('holds no connection while its bytes flow', async () => {
    const { stored, file } = await put({ bytes: randomBytes(1_000), cuts: [300, 600] });
    const spans = Array.from({ length: 20 }, () => content.open(TENANT, file, { start: 0, end: 1_000 }));
    const streams = await Promise.all(spans);
    // All of them are open, and the one connection is free.
    expect((await readRow(stored.fileId)).id).toBe(stored.fileId);
    for (const stream of streams) expect((await buffer(stream!)).equals(stored.bytes)).toBe(true);
  });
});

describe('a file', () => {
  it.each([
    ['another tenant asks', 'other', ''],
    ['it was uploaded again', TENANT, 'attempts = 2'],
    ['it was reset', TENANT, 'bytes_received = 0'],
  ])('gives nothing when %s', async (_case, tenant, change) => {
    const { stored, file } = await put();
    if (change !== '') await database.query(`update file set ${change} where id = $1`, [stored.fileId]);
    expect(await content.open(tenant, file, { start: 0, end: 5 })).toBeNull();
  });

  it('is read on after a transition that leaves its bytes alone', async () => {
    const { stored, file } = await put({ row: { state: 'PROCESSING' } });
    await database.query(
      `update file set state = 'INDEXED', version = version + 1, processing = null, queue = null, claimable_at = null
        where id = $1`,
      [stored.fileId],
    );
    expect(await buffer((await content.open(TENANT, file, { start: 0, end: 5 }))!)).toEqual(Buffer.from('hello'));
  });
});

describe('lost bytes are an error, never a short answer', () => {
  const open = async (stored: StoredFile) =>
    (await content.open(TENANT, await readRow(stored.fileId), { start: 0, end: stored.bytes.length }))!;

  it('when rows of segments are missing: all, the first, one in the middle, the last', async () => {
    const options = { bytes: randomBytes(90), cuts: [30, 60] };
    for (const gone of [[0, 1, 2], [0], [1], [2]]) {
      const { stored } = await put(options);
      const ids = gone.map((at) => stored.segments[at]);
      await database.query('update segment set file_id = null where id = any($1)', [ids]);
      await expect(open(stored), String(gone)).rejects.toMatchObject({ code: 'BYTES_LOST' });
    }
  });

  it('when the store has not all of them', async () => {
    const { stored } = await put({ bytes: randomBytes(90), cuts: [30, 60] });
    store.segments.delete(stored.segments[1]!);
    await expect(buffer(await open(stored))).rejects.toMatchObject({ code: 'BYTES_LOST' });
    store.segments.set(stored.segments[1]!, Buffer.alloc(29));
    await expect(buffer(await open(stored))).rejects.toMatchObject({ code: 'BYTES_LOST' });
    expect(store.open.size).toBe(0);
  });
});

it('whoever leaves takes the stream of the store along, even one that hangs', async () => {
  const { file } = await put({ bytes: randomBytes(100_000), cuts: [50_000] });
  const span = { start: 0, end: 100_000 };
  const stalled = (await content.open(TENANT, file, span))!;
  await once(stalled, 'readable');
  stalled.destroy();
  store.beforeChunk = () => new Promise(() => undefined);
  const hanging = (await content.open(TENANT, file, span))!;
  await turn();
  expect(store.open.size).toBeGreaterThan(0);
  hanging.destroy();
  await until(
    () => store.open.size,
    (size) => size === 0,
  );
});

describe('hasContent', () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ['PROCESSING', { state: 'PROCESSING' }, true],
    ['INDEXED', {}, true],
    ['that failed in processing', { state: 'FAILED', failure: { code: 'BROKEN', message: '', retryable: true } }, true],
    ['UNTRACKED, reset', { state: 'UNTRACKED' }, false],
    ['UPLOADING, with its last byte here', { state: 'UPLOADING' }, false],
    ['with bytes missing', { bytes_received: 1 }, false],
    ['whose bytes are elsewhere', { transfer: 'EXTERNAL' }, false],
    ['without a digest', { sha256: null }, false],
    [
      'with bytes that are not those declared',
      { state: 'FAILED', failure: { code: 'DIGEST_MISMATCH', message: '', retryable: true } },
      false,
    ],
  ])('of a file %s', async (_case, row, expected) => {
    const { fileId } = await storeFile(database, store, { row });
    expect(hasContent((await new FileReader(orm).readFile(TENANT, fileId))!)).toBe(expected);
  });
});
