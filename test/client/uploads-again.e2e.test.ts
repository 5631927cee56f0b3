// Files that failed, or that arrive as something else, and uploads where there is no WebSocket.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Waybill, type WaybillOptions, createWaybill } from '../../packages/client/src/client.ts';
import type { WaybillError } from '../../packages/client/src/errors.ts';
import { WATCH_CHANGES } from '../../packages/client/src/generated/documents.ts';
import { type UploadMemory, upload } from '../../packages/client/src/upload.ts';
import { MIB, digestOf, randomBytes } from '../support/bytes.ts';
import { transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { createRandom } from '../support/random.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
let proxy: TcpProxy;
let client: Waybill;
let memory: UploadMemory;

const open = (options: Partial<WaybillOptions> = { webSocketImpl: WebSocket }): Waybill =>
  createWaybill({ url: proxy.urlThrough(waybill.url), ...options });

beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());
beforeEach(async () => {
  const texts = new Map<string, string>();
  memory = {
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, value) => void texts.set(key, value),
    removeItem: (key) => void texts.delete(key),
  };
  proxy = await startTcpProxy(waybill.url);
  client = open();
});
afterEach(async () => {
  client.close();
  await proxy.close();
});

let count = 0;

function newFile(size: number): { file: File; bytes: Buffer } {
  count += 1;
  const bytes = randomBytes(createRandom(count), size);
  return { file: new File([new Uint8Array(bytes)], `again ${count}`, { lastModified: count }), bytes };
}

interface Row {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
  readonly sha256: string | null;
}

async function rowOf({ name }: File): Promise<Row | undefined> {
  const rows = await waybill.database.query<Row>('select id, state, attempts, sha256 from file where name = $1', [
    name,
  ]);
  expect(rows.length).toBeLessThan(2);
  return rows[0];
}

const untilState = (file: File, state: string): Promise<Row | undefined> =>
  until(
    () => rowOf(file),
    (row) => row?.state === state,
  );

/** A file of which some bytes were sent, by a program that is gone, and that failed then. */
async function failHalfway(file: File, failure: object): Promise<void> {
  const gone = open();
  proxy.afterBytes(MIB, () => proxy.hold());
  const begun = expect(upload(gone, file, { memory })).rejects.toMatchObject({ code: 'CLOSED' });
  const row = await untilState(file, 'UPLOADING');
  gone.close();
  await begun;
  // What is held must not arrive after all.
  proxy.cut();
  await proxy.restore();
  expect(await transition(waybill.url, `file_${row!.id}`, 'FAIL_UPLOAD', { failure })).toMatchObject({
    __typename: 'TransitionFileSuccess',
  });
}

describe('a file that failed and comes again', () => {
  it('is tried once more, and sent', async () => {
    const { file, bytes } = newFile(3 * MIB);
    await failHalfway(file, { code: 'CUT', message: 'Cut.', retryable: true });
    expect(await upload(client, file, { memory })).toMatchObject({ state: 'PROCESSING' });
    expect(await rowOf(file)).toMatchObject({ state: 'PROCESSING', attempts: 2, sha256: digestOf(bytes) });
  });

  it('for good fails at once, with the code of its failure', async () => {
    const { file } = newFile(3 * MIB);
    await failHalfway(file, { code: 'UNWANTED', message: 'Nobody wants it.', retryable: false });
    await expect(upload(client, file, { memory })).rejects.toMatchObject({ code: 'UNWANTED' });
    expect(await rowOf(file)).toMatchObject({ state: 'FAILED', attempts: 1 });
  });

  it('in its processing is processed again when that is waited for, without its bytes', async () => {
    const { file } = newFile(1_000);
    const { id } = await upload(client, file, { memory });
    const failure = { code: 'BUSY', message: 'Busy.', retryable: true };
    await transition(waybill.url, id, 'FAIL_PROCESSING', { failure });
    const processed = upload(client, file, { memory, until: 'processed' });
    await untilState(file, 'PROCESSING');
    await transition(waybill.url, id, 'COMPLETE_PROCESSING');
    expect(await processed).toMatchObject({ id, state: 'INDEXED', attempts: 2 });
  });
});

it('bytes that change on the way fail with DIGEST_MISMATCH, and are right the next time', async () => {
  const { file, bytes } = newFile(3 * MIB);
  let isChanged = false;
  proxy.inspect((chunk, direction) => {
    // So large a chunk is of the body, with which it ends.
    if (direction === 'toClient' || isChanged || chunk.length < 10_000) return;
    isChanged = true;
    chunk[chunk.length - 1]! ^= 1;
  });
  await expect(upload(client, file, { memory, digest: true })).rejects.toMatchObject({
    name: 'WaybillError',
    code: 'DIGEST_MISMATCH',
  });
  expect(await rowOf(file)).toMatchObject({ state: 'FAILED', attempts: 1, sha256: digestOf(bytes) });
  expect(await upload(client, file, { memory, digest: true })).toMatchObject({ state: 'PROCESSING', attempts: 2 });
});

describe.each([
  ['has none', {}],
  ['is given something else', { webSocketImpl: {} }],
])('a program that %s for a WebSocket', (_what, options) => {
  beforeEach(() => {
    vi.stubGlobal('WebSocket', undefined);
    client.close();
    client = open(options);
  });
  afterEach(() => void vi.unstubAllGlobals());

  it('uploads, and asks for the outcome', async () => {
    const { file, bytes } = newFile(2 * MIB);
    const processed = upload(client, file, { until: 'processed' });
    const row = await untilState(file, 'PROCESSING');
    await transition(waybill.url, `file_${row!.id}`, 'COMPLETE_PROCESSING');
    expect(await processed).toMatchObject({ state: 'INDEXED', sha256: digestOf(bytes) });
  });

  it('is told so by everything that is live', async () => {
    const missing = { name: 'WaybillError', code: 'WEBSOCKET_MISSING' };
    const list = client.live.files();
    await expect(Array.fromAsync(list)).rejects.toMatchObject(missing);
    expect(list.getSnapshot()).toMatchObject({ status: 'failed', error: missing });
    await expect(client.changes().next()).rejects.toMatchObject(missing);
    const { promise, resolve } = Promise.withResolvers<WaybillError>();
    const ignore = (): void => undefined;
    client.subscribe(WATCH_CHANGES, { after: '' }, { next: ignore, error: resolve, complete: ignore });
    expect(await promise).toMatchObject(missing);
  });
});
