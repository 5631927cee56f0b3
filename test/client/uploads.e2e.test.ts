// Uploads with the client: registered once, continued where the server is, whatever interrupts them.
import { createHash } from 'node:crypto';
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Waybill, createWaybill } from '../../packages/client/src/client.ts';
import { type UploadSnapshot, type Uploads, createUploads, upload } from '../../packages/client/src/upload.ts';
import { MIB, digestOf, randomBytes } from '../support/bytes.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { createRandom } from '../support/random.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let waybill: Instance;
let proxy: TcpProxy;
let client: Waybill;

beforeAll(async () => {
  database = await createDatabase();
  waybill = await startInstance({ database });
});
afterAll(async () => {
  await waybill.stop();
  await database.drop();
});
beforeEach(async () => {
  proxy = await startTcpProxy(waybill.url);
  client = createWaybill({ url: proxy.urlThrough(waybill.url), webSocketImpl: WebSocket });
});
afterEach(async () => {
  client.close();
  await proxy.close();
});

let count = 0;

/** Another content, name and time each time. */
function newFile(size: number, type = 'application/octet-stream'): { file: File; bytes: Buffer } {
  count += 1;
  const bytes = randomBytes(createRandom(count), size);
  return { file: new File([new Uint8Array(bytes)], `file ${count}.bin`, { type, lastModified: 1_000 * count }), bytes };
}

const rowsNamed = (name: string): Promise<{ state: string; sha256: string }[]> =>
  database.query('select state, sha256 from file where name = $1', [name]);

/** Registered once, and complete with the right bytes. */
async function expectStored(name: string, bytes: Buffer): Promise<void> {
  expect(await rowsNamed(name)).toEqual([{ state: 'PROCESSING', sha256: digestOf(bytes) }]);
}

const only = (uploads: Uploads): UploadSnapshot => uploads.getSnapshot().uploads[0]!;

const untilStatus = (uploads: Uploads, status: string): Promise<UploadSnapshot> =>
  until(
    () => only(uploads),
    (shown) => shown?.status === status,
  );

describe('upload', () => {
  it('registers, sends, and tells the bytes that are sent and stored', async () => {
    const { file, bytes } = newFile(24 * MIB, 'image/png');
    const seen: UploadSnapshot[] = [];
    const stored = await upload(client, file, { onProgress: (each) => seen.push(each), metadata: { colour: 'red' } });
    expect(stored).toMatchObject({ name: file.name, contentType: 'image/png', state: 'PROCESSING' });
    expect(stored.metadata).toEqual({ colour: 'red' });
    expect(stored).not.toHaveProperty('uploadUrl');
    await expectStored(file.name, bytes);
    expect(seen.at(-1)).toMatchObject({
      status: 'done',
      size: file.size,
      bytesSent: file.size,
      bytesReceived: file.size,
    });
    // The server's durable bytes are told on the way, by themselves.
    const stages = seen.filter(({ status, bytesReceived }) => status === 'sending' && bytesReceived > 0);
    expect(stages.length).toBeGreaterThan(0);
    for (const { bytesSent, bytesReceived } of stages) expect(bytesReceived).toBeLessThanOrEqual(bytesSent);
  });

  it('declares the digest when asked to', async () => {
    const { file, bytes } = newFile(3 * MIB);
    const { sha256 } = await upload(client, file, { digest: true });
    expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('continues after cut requests, and sends no byte that is stored again', async () => {
    const { file, bytes } = newFile(12 * MIB);
    for (const at of [2, 5, 8]) proxy.afterBytes(at * MIB, () => proxy.cut());
    await upload(client, file, { chunkSize: MIB });
    await expectStored(file.name, bytes);
  });

  it('continues after the server was restarted in the middle', async () => {
    const { file, bytes } = newFile(16 * MIB);
    const restarted = new Promise<void>((resolve, reject) => {
      proxy.afterBytes(6 * MIB, () => {
        const restart = async (): Promise<void> => {
          await proxy.refuse();
          await waybill.stop();
          waybill = await startInstance({ database });
          proxy.retarget(Number(new URL(waybill.url).port));
          await proxy.restore();
        };
        restart().then(resolve, reject);
      });
    });
    await upload(client, file, { chunkSize: 2 * MIB });
    await restarted;
    await expectStored(file.name, bytes);
  });
});

describe('a queue', () => {
  it('pauses, and resumes where it was', async () => {
    const { file, bytes } = newFile(12 * MIB);
    const uploads = createUploads(client, { chunkSize: MIB });
    proxy.afterBytes(5 * MIB, () => uploads.pause());
    uploads.add([file]);
    const { bytesReceived } = await untilStatus(uploads, 'paused');
    expect(bytesReceived).toBeGreaterThan(0);
    expect(bytesReceived).toBeLessThan(file.size);
    uploads.resume();
    await untilStatus(uploads, 'done');
    await expectStored(file.name, bytes);
  });
});
