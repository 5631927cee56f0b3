// Content that cannot be sent to its end: bytes that are lost, readers that leave or go deaf, roles that may not, a
// database that is away. Nothing stays behind, and no short body looks complete.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, createServer, get } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LiveRights } from '../../../src/auth/rights.ts';
import type { Role } from '../../../src/auth/principal.ts';
import { createOrm } from '../../../src/db/orm.ts';
import { handleDownloads } from '../../../src/http/downloads/handler.ts';
import { SignIn } from '../../../src/http/sign-in.ts';
import { FileReader } from '../../../src/lifecycle/reader.ts';
import { ContentReader, readableFiles } from '../../../src/uploads/content.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { readMetric } from '../../support/http.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { type StoreOptions, type StoredFile, storeFile } from '../../support/stored-file.ts';
import { until } from '../../support/until.ts';

const LARGE = 64 * 2 ** 20;

const store = new MemoryStore();
let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance({ store, env: { WAYBILL_SLOW_CLIENT_TIMEOUT: '2s' } });
});
afterAll(() => waybill.stop());
beforeEach(() => {
  store.beforeChunk = () => Promise.resolve();
});

/** No right ends here. */
const noEnd = { watch: () => ({ release: () => undefined }) } as unknown as LiveRights;

const put = (options: StoreOptions = {}): Promise<StoredFile> => storeFile(waybill.database, store, options);
const warnings = (): number => waybill.log.filter(({ level }) => Number(level) >= 40).length;
const masked = (): Promise<number> => readMetric(waybill.url, 'waybill_unexpected_errors_total');

const untilClosed = (): Promise<number> =>
  until(
    () => store.open.size,
    (size) => size === 0,
  );

async function begin(path: string): Promise<IncomingMessage> {
  const request = get(`${waybill.url}${path}`, { agent: false });
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return response;
}

/** Reads to the end of the connection. */
async function readOn(response: IncomingMessage): Promise<{ received: number; complete: boolean }> {
  let received = 0;
  const closed = new Promise((resolve) => response.once('close', resolve));
  response.on('data', (chunk: Buffer) => (received += chunk.length));
  response.resume();
  await closed;
  return { received, complete: response.complete };
}

describe('lost bytes', () => {
  it('are 410 when they are missed at once: logged under the request id, counted', async () => {
    const { path, segments } = await put();
    store.segments.delete(segments[0]!);
    const before = await masked();
    const response = await fetch(`${waybill.url}${path}`, { headers: { 'x-request-id': 'lost-at-once' } });
    expect([response.status, await response.text()]).toEqual([410, 'BYTES_LOST: the bytes of this file are lost.\n']);
    expect(response.headers.get('etag')).toBeNull();
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await masked()).toBe(before + 1);
    const line = waybill.log.find(({ requestId }) => requestId === 'lost-at-once');
    expect(line).toMatchObject({ level: 50, err: { code: 'BYTES_LOST' } });
    expect((await fetch(`${waybill.url}${path}`, { method: 'HEAD' })).status).toBe(200);
  });

  it('are 500 too when the first read finds it out', async () => {
    const { path } = await put();
    store.beforeChunk = () => Promise.reject(new Error('a bad sector'));
    const response = await fetch(`${waybill.url}${path}`);
    expect([response.status, await response.text()]).toEqual([500, 'internal error\n']);
    await untilClosed();
  });

  it.each([
    ['the store breaks', (name: string) => void (store.beforeChunk = failIn(name))],
    ['the store ends too soon', (name: string) => void store.segments.set(name, Buffer.alloc(10))],
    ['a segment is gone', (name: string) => void store.segments.delete(name)],
  ])('break the connection when they are missed later: %s', async (_case, lose) => {
    const { path, segments } = await put({ bytes: randomBytes(600_000), cuts: [300_000] });
    lose(segments[1]!);
    const before = await masked();
    const response = await begin(path);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-length']).toBe('600000');
    const { received, complete } = await readOn(response);
    expect(complete).toBe(false);
    expect(received).toBeLessThan(600_000);
    await untilClosed();
    expect(await masked()).toBe(before + 1);
  });
});

const failIn =
  (name: string): MemoryStore['beforeChunk'] =>
  (segment) =>
    segment === name ? Promise.reject(new Error('a bad sector')) : Promise.resolve();

describe('a client that', () => {
  it('leaves closes the stream of the store too, and is not counted as an error', async () => {
    const { path } = await put({ bytes: randomBytes(LARGE) });
    const before = [await masked(), warnings()];
    const sent = store.sent;
    for (let round = 0; round < 5; round += 1) {
      const response = await begin(path);
      await once(response, 'data');
      response.destroy();
    }
    await untilClosed();
    expect(store.sent - sent, 'read for clients that had left').toBeLessThan(LARGE);
    expect([await masked(), warnings()]).toEqual(before);
  });

  it('leaves while the store hangs leaves nothing behind either', async () => {
    const { path } = await put();
    store.beforeChunk = () => new Promise(() => undefined);
    const request = get(`${waybill.url}${path}`, { agent: false });
    request.on('error', () => undefined);
    await until(
      () => store.open.size,
      (size) => size === 1,
    );
    request.destroy();
    await untilClosed();
  });

  it('reads nothing is cut off, and costs little meanwhile', async () => {
    const { path } = await put({ bytes: randomBytes(LARGE) });
    const sent = store.sent;
    const response = await begin(path);
    response.pause();
    await untilClosed();
    expect(store.sent - sent, 'read ahead of a client that takes nothing').toBeLessThan(LARGE / 2);
    const { received, complete } = await readOn(response);
    expect([complete, received < LARGE]).toEqual([false, true]);
  });

  it('reads slowly gets everything', async () => {
    const { path, bytes } = await put({ bytes: randomBytes(16 * 2 ** 20) });
    const response = await begin(path);
    const received: Buffer[] = [];
    const started = performance.now();
    for await (const chunk of response as AsyncIterable<Buffer>) {
      received.push(chunk);
      // For longer than a deaf client is given.
      if (performance.now() - started < 3_000) await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(performance.now() - started).toBeGreaterThan(3_000);
    expect(Buffer.concat(received).equals(bytes)).toBe(true);
  });
});

describe('the principal', () => {
  async function statusFor(roles: Role[], tenant: string, path: string): Promise<number> {
    const orm = createOrm({ url: waybill.database.url, name: 'roles', max: 1 });
    const handler = handleDownloads({
      byteRates: null,
      reader: new FileReader(orm),
      content: new ContentReader(orm, store),
      isReadable: readableFiles(false),
      authenticate: () => Promise.resolve({ subject: 'somebody', tenant, roles }),
      signIn: new SignIn(pino({ level: 'silent' })),
      rights: noEnd,
      urls: null,
      newId: () => 'id',
      origins: [],
      reporter: { log: pino({ level: 'silent' }), onMasked: () => undefined },
    });
    const server = createServer((request, response) => void handler(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      return (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)).status;
    } finally {
      server.closeAllConnections();
      server.close();
      await orm.close();
    }
  }

  it('needs a role that may read; without one the answer says nothing about what exists', async () => {
    const { path } = await put();
    expect(await statusFor(['viewer'], 'local', path)).toBe(200);
    expect(await statusFor([], 'local', path)).toBe(403);
    expect(await statusFor([], 'local', '/files/x')).toBe(403);
  });

  it("reads its own tenant's files only", async () => {
    const { path } = await put({ row: { tenant: 'red' } });
    expect(await statusFor(['admin'], 'red', path)).toBe(200);
    expect(await statusFor(['admin'], 'blue', path)).toBe(404);
  });
});

it('an unreachable database is 503, and is not counted as an unexpected error', async () => {
  const proxy = await startTcpProxy(waybill.database.url);
  const database = { ...waybill.database, url: proxy.urlThrough(waybill.database.url) };
  const other = await startInstance({ store, database });
  try {
    const { path } = await put();
    await proxy.refuse();
    const response = await fetch(`${other.url}${path}`);
    expect([response.status, await response.text()]).toEqual([503, 'The content cannot be reached; try again.\n']);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await readMetric(other.url, 'waybill_unexpected_errors_total')).toBe(0);
  } finally {
    await proxy.restore();
    await other.stop();
    await proxy.close();
  }
});

it('a database that takes too long is 503 with Retry-After, for uploads too', async () => {
  const other = await startInstance({ store });
  const holder = new Client({ connectionString: other.database.url });
  const { id, path } = await storeFile(other.database, store, { bytes: randomBytes(10) });
  await holder.connect();
  await holder.query('begin');
  await holder.query('lock table file in access exclusive mode');
  const urls = [`${other.url}${path}`, `${other.url}/uploads/${id}`];
  const headers = { 'tus-resumable': '1.0.0' };
  const answers = await Promise.all(urls.map((url, at) => fetch(url, { method: ['GET', 'HEAD'][at]!, headers })));
  await holder.end();
  expect(answers.map(({ status }) => status)).toEqual([503, 503]);
  expect(answers.map((answer) => answer.headers.get('retry-after'))).toEqual(['2', '2']);
  expect(await readMetric(other.url, 'waybill_unexpected_errors_total')).toBe(0);
  await other.stop();
});

it('a download goes on while the server stops', async () => {
  const other = await startInstance({ store });
  const { path } = await storeFile(other.database, store, { bytes: randomBytes(LARGE) });
  const request = get(`${other.url}${path}`, { agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  const stopped = other.stop();
  const { received, complete } = await readOn(response);
  expect([received, complete]).toEqual([LARGE, true]);
  await stopped;
});
