// Uploads with the client: registered once, continued where the server is, whatever interrupts them.
import { createHash } from 'node:crypto';
import { openAsBlob, writeFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Waybill, createWaybill } from '../../packages/client/src/client.ts';
import { DELETE_FILE } from '../../packages/client/src/generated/documents.ts';
import {
  type UploadMemory,
  type UploadSnapshot,
  type Uploads,
  createUploads,
  upload,
} from '../../packages/client/src/upload.ts';
import { MIB, digestOf, randomBytes } from '../support/bytes.ts';
import { transition } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { createRandom } from '../support/random.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { createTemporaryDir } from '../support/temporary-dir.ts';
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
  proxy.inspect((chunk, direction) => {
    if (direction === 'toServer') sentToServer += chunk.length;
  });
  client = createWaybill({ url: proxy.urlThrough(waybill.url), webSocketImpl: WebSocket });
});
afterEach(async () => {
  client.close();
  await proxy.close();
});

/** What has passed on to the server. */
const bytesToServer = (): number => sentToServer;
let sentToServer = 0;

function createMemory(): UploadMemory {
  const texts = new Map<string, string>();
  return {
    getItem: (key) => Promise.resolve(texts.get(key) ?? null),
    setItem: (key, value) => void texts.set(key, value),
    removeItem: (key) => void texts.delete(key),
  };
}

let count = 0;

/** Another content, name and time each time. */
function newFile(size: number, type = 'application/octet-stream'): { file: File; bytes: Buffer } {
  count += 1;
  const bytes = randomBytes(createRandom(count), size);
  return { file: new File([new Uint8Array(bytes)], `file ${count}.bin`, { type, lastModified: 1_000 * count }), bytes };
}

/** As an input gives it after a reload. */
const copyOf = ({ name, type, lastModified }: File, bytes: Buffer): File =>
  new File([new Uint8Array(bytes)], name, { type, lastModified });

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
    // A pause after each MiB: otherwise all bytes may have come before the server makes any of them durable.
    for (let at = 1; at < 24; at += 1) {
      proxy.afterBytes(at * MIB, () => {
        proxy.hold();
        setTimeout(() => void proxy.restore(), 50);
      });
    }
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

it('an upload goes on when its connections have fallen silent, as after a sleep', async () => {
  const { file, bytes } = newFile(6 * MIB);
  proxy.afterBytes(3 * MIB, () => proxy.silence());
  await upload(client, file, { chunkSize: MIB });
  await expectStored(file.name, bytes);
});

describe('a file that comes again', () => {
  it('goes on where the server is, also in another program', async () => {
    const { file, bytes } = newFile(12 * MIB);
    const memory = createMemory();
    const stopping = new AbortController();
    proxy.afterBytes(6 * MIB, () => stopping.abort());
    const first = upload(client, file, { memory, chunkSize: MIB, signal: stopping.signal });
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    const before = bytesToServer();
    const uploads = createUploads(client, { memory, chunkSize: MIB });
    uploads.add([copyOf(file, bytes)]);
    expect(await untilStatus(uploads, 'done')).toMatchObject({ isRecognised: true });
    expect(bytesToServer() - before).toBeLessThan(8 * MIB);
    await expectStored(file.name, bytes);
  });

  it('is not sent again when it is complete, and is another file once it was deleted', async () => {
    const { file, bytes } = newFile(2 * MIB);
    const memory = createMemory();
    const { id } = await upload(client, file, { memory });
    const before = bytesToServer();
    expect(await upload(client, copyOf(file, bytes), { memory })).toMatchObject({ id });
    expect(bytesToServer() - before).toBeLessThan(MIB);
    await client.mutate(DELETE_FILE, { input: { id } });
    expect((await upload(client, copyOf(file, bytes), { memory })).id).not.toBe(id);
    await expectStored(file.name, bytes);
  });

  it('is registered once when the answer to its registration was lost with the program', async () => {
    const { file, bytes } = newFile(1_000);
    const memory = createMemory();
    const stopping = new AbortController();
    proxy.atMatch({ pattern: 'registerFile' }, 'swallowAnswers');
    const first = upload(client, file, { memory, signal: stopping.signal });
    await until(
      () => rowsNamed(file.name),
      (rows) => rows.length === 1,
    );
    stopping.abort();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    await proxy.restore();
    await upload(client, copyOf(file, bytes), { memory });
    await expectStored(file.name, bytes);
  });

  it('of the same name, size and time, but with another beginning, is another file', async () => {
    const { file, bytes } = newFile(200_000);
    const memory = createMemory();
    const { id } = await upload(client, file, { memory });
    bytes[0]! ^= 1;
    expect((await upload(client, copyOf(file, bytes), { memory })).id).not.toBe(id);
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

  it('sends as many at a time as it may, and adds no file twice', async () => {
    const files = Array.from({ length: 8 }, () => newFile(MIB));
    const uploads = createUploads(client, { concurrency: 2 });
    const busy: number[] = [];
    uploads.subscribe(() => {
      const active = uploads.getSnapshot().uploads.filter(({ status }) => ['preparing', 'sending'].includes(status));
      busy.push(active.length);
    });
    const before = bytesToServer();
    const ids = uploads.add(files.map(({ file }) => file));
    expect(uploads.add(files.map(({ file, bytes }) => copyOf(file, bytes)))).toEqual(ids);
    const { size, bytesReceived } = await until(
      () => uploads.getSnapshot(),
      ({ uploads: all }) => all.length > 0 && all.every(({ status }) => status === 'done'),
    );
    expect([size, bytesReceived]).toEqual([8 * MIB, 8 * MIB]);
    expect(Math.max(...busy)).toBeLessThanOrEqual(2);
    expect(bytesToServer() - before).toBeLessThan(9 * MIB);
    for (const { file, bytes } of files) await expectStored(file.name, bytes);
    const shown = uploads.getSnapshot();
    expect(uploads.getSnapshot()).toBe(shown);
    uploads.clear();
    await until(
      () => uploads.getSnapshot().uploads.length,
      (length) => length === 0,
    );
  });

  it('starts each upload once, also where nothing is recognised', async () => {
    const files = Array.from({ length: 5 }, () => newFile(1_000));
    const uploads = createUploads(client, { concurrency: 3, fingerprint: null });
    await Promise.all(files.map(({ file }) => uploads.upload(file)));
    for (const { file, bytes } of files) await expectStored(file.name, bytes);
  });

  it('deletes what was sent of a file that is canceled', async () => {
    const { file } = newFile(12 * MIB);
    const uploads = createUploads(client, { chunkSize: MIB });
    proxy.afterBytes(5 * MIB, () => uploads.cancel());
    await expect(uploads.upload(file)).rejects.toMatchObject({ code: 'CANCELED' });
    await until(
      () => rowsNamed(file.name),
      (rows) => rows.length === 0,
    );
    expect(only(uploads)).toMatchObject({ status: 'canceled' });
  });

  it('leaves a complete file that comes again where it is, though its upload is canceled', async () => {
    const { file, bytes } = newFile(1_000);
    const memory = createMemory();
    await upload(client, file, { memory });
    const uploads = createUploads(client, { memory, until: 'processed' });
    uploads.add([copyOf(file, bytes)]);
    await untilStatus(uploads, 'processing');
    uploads.cancel();
    await untilStatus(uploads, 'canceled');
    const { id } = await upload(client, copyOf(file, bytes), { memory });
    expect(id).toBe(only(uploads).file?.id);
    await expectStored(file.name, bytes);
  });

  it('goes on with a file whose signal was aborted when it is added again', async () => {
    const { file, bytes } = newFile(6 * MIB);
    const uploads = createUploads(client, { chunkSize: MIB });
    const stopping = new AbortController();
    proxy.afterBytes(2 * MIB, () => stopping.abort());
    await expect(uploads.upload(file, { signal: stopping.signal })).rejects.toMatchObject({ name: 'AbortError' });
    await uploads.upload(copyOf(file, bytes));
    expect(uploads.getSnapshot().uploads).toHaveLength(1);
    await expectStored(file.name, bytes);
  });

  it('ends with its client', async () => {
    const { file } = newFile(12 * MIB);
    proxy.afterBytes(5 * MIB, () => client.close());
    await expect(upload(client, file, { chunkSize: MIB })).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('a file whose processing is waited for', () => {
  it('is done when it is INDEXED, and fails with the code of its failure', async () => {
    const [good, bad] = [newFile(1_000), newFile(1_000)];
    // One at a time: that others are processed holds up nobody.
    const uploads = createUploads(client, { until: 'processed', concurrency: 1 });
    const [indexed, failed] = [uploads.upload(good.file), uploads.upload(bad.file)];
    const settled = expect(failed).rejects.toMatchObject({ code: 'BROKEN', extensions: { file: { state: 'FAILED' } } });
    const shown = await until(
      () => uploads.getSnapshot().uploads,
      (all) => all.length === 2 && all.every(({ status }) => status === 'processing'),
    );
    const [first, second] = shown.map(({ file }) => file!.id);
    await transition(waybill.url, first!, 'COMPLETE_PROCESSING');
    const failure = { code: 'BROKEN', message: 'Broken.', retryable: false };
    await transition(waybill.url, second!, 'FAIL_PROCESSING', { failure });
    expect(await indexed).toMatchObject({ state: 'INDEXED' });
    await settled;
  });
});

it('a file that has changed on disk is not sent on', async () => {
  const dir = await createTemporaryDir();
  const path = await dir.write('a.bin', Buffer.alloc(12 * MIB, 'a'));
  const file = new File([await openAsBlob(path)], 'changed.bin', { lastModified: 1 });
  proxy.afterBytes(3 * MIB, () => writeFileSync(path, 'another content'));
  await expect(upload(client, file, { chunkSize: MIB })).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  await dir.remove();
});
