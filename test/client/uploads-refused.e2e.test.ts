// Uploads of the client that the server refuses, for now or for good.
import { WebSocket } from 'ws';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Waybill, type WaybillOptions, createWaybill } from '../../packages/client/src/client.ts';
import { DELETE_FILE } from '../../packages/client/src/generated/documents.ts';
import { createUploads, upload } from '../../packages/client/src/upload.ts';
import { KIB, MIB, digestOf, randomBytes } from '../support/bytes.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { createRandom } from '../support/random.ts';
import { inSeconds, sign, startSignedIn } from '../support/sign-in.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { createUpload, tus } from '../support/tus.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
let proxy: TcpProxy;
let client: Waybill;
/** First lines of the answers to requests that brought bytes, or asked where to go on. */
let statuses: string[];

async function open(instance: Instance, options: Partial<WaybillOptions> = {}): Promise<void> {
  waybill = instance;
  proxy = await startTcpProxy(waybill.url);
  proxy.inspect((chunk, direction) => {
    const [, status] = /^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1', 0, 20)) ?? [];
    if (direction === 'toClient' && status !== undefined) statuses.push(status);
  });
  client = createWaybill({ url: proxy.urlThrough(waybill.url), webSocketImpl: WebSocket, ...options });
}

beforeEach(() => void (statuses = []));
afterEach(async () => {
  client.close();
  await proxy.close();
  await waybill.stop();
});

function newFile(name: string, size: number): { file: File; bytes: Buffer } {
  const bytes = randomBytes(createRandom(size), size);
  return { file: new File([new Uint8Array(bytes)], name, { lastModified: 1 }), bytes };
}

const rows = (): Promise<{ name: string; state: string; sha256: string | null }[]> =>
  waybill.database.query('select name, state, sha256 from file');

it('goes on when token and URL expire in the middle', async () => {
  let expiresAt = inSeconds(3);
  const token = (): Promise<string> => {
    if (expiresAt * 1_000 < Date.now()) expiresAt = inSeconds(3_600);
    return sign({ exp: expiresAt });
  };
  await open(await startSignedIn({ env: { WAYBILL_URL_TTL: '2s' } }), { token });
  const { file, bytes } = newFile('long', 6 * MIB);
  // Held until both are over.
  proxy.afterBytes(3 * MIB, () => {
    proxy.hold();
    setTimeout(() => void proxy.restore(), 5_000);
  });
  await upload(client, file, { chunkSize: MIB });
  expect(statuses).toContain('401');
  expect(await rows()).toEqual([{ name: 'long', state: 'PROCESSING', sha256: digestOf(bytes) }]);
});

it('waits for as long as the server says when the tenant sends too much', async () => {
  await open(await startInstance({ env: { WAYBILL_BYTE_RATE_LIMIT: '8KiB' } }));
  const { file, bytes } = newFile('fast', 10 * KIB);
  // Somebody else of the tenant has sent what it may send in many seconds.
  const other = await createUpload(waybill.url, MIB);
  const headers = { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
  expect((await tus('PATCH', other, { headers, body: Buffer.alloc(MIB) })).status).toBe(429);
  const seen: string[] = [];
  await upload(client, file, { onProgress: ({ error }) => void (error !== undefined && seen.push(error.code)) });
  expect(statuses).toContain('429');
  expect(seen).toContain('RATE_LIMITED');
  expect(await rows()).toContainEqual({ name: 'fast', state: 'PROCESSING', sha256: digestOf(bytes) });
});

it('registers no faster than the tenant may', async () => {
  await open(await startInstance({ env: { WAYBILL_RATE_LIMIT: '4' } }));
  const uploads = createUploads(client, { concurrency: 8 });
  const files = Array.from({ length: 12 }, (_, at) => newFile(`many ${at}`, 1_000 + at).file);
  await Promise.all(files.map((file) => uploads.upload(file)));
  expect((await rows()).map(({ state }) => state)).toEqual(Array(12).fill('PROCESSING'));
});

it('fails with QUOTA_EXCEEDED, and is tried again when there is room', async () => {
  await open(await startInstance({ env: { WAYBILL_QUOTA_FILES: '1' } }));
  const first = await upload(client, newFile('first', 1_000).file);
  const uploads = createUploads(client);
  const [id] = uploads.add([newFile('second', 2_000).file]);
  const failed = await until(
    () => uploads.getSnapshot().uploads[0],
    (shown) => shown?.status === 'failed',
  );
  expect(failed?.error).toMatchObject({ name: 'WaybillError', code: 'QUOTA_EXCEEDED' });
  await client.mutate(DELETE_FILE, { input: { id: first.id } });
  uploads.retry(id);
  await until(
    () => uploads.getSnapshot().uploads[0]?.status,
    (status) => status === 'done',
  );
  expect((await rows()).map(({ name }) => name)).toEqual(['second']);
});
