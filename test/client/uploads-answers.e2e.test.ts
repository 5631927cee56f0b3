// What an upload does with answers that a proxy, or a server in trouble, gives instead of the one it waits for.
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Waybill, createWaybill } from '../../packages/client/src/client.ts';
import { upload } from '../../packages/client/src/upload.ts';
import { MIB, digestOf, randomBytes } from '../support/bytes.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { createRandom } from '../support/random.ts';

interface Scripted {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

let waybill: Instance;
let between: Server;
let client: Waybill;
/** Given to requests that bring bytes, one each, before any is passed on. */
let answers: Scripted[];
let patches: number;

function answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const scripted = incoming.method === 'PATCH' ? answers.shift() : undefined;
  if (incoming.method === 'PATCH') patches += 1;
  if (scripted !== undefined) {
    // Read to the end, so that the client hears the answer and not a reset.
    incoming.resume().once('end', () => outgoing.writeHead(scripted.status, scripted.headers).end(scripted.body));
    return;
  }
  const { method, headers, url } = incoming;
  const onward = request(new URL(url!, waybill.url), { method, headers }, (response) => {
    outgoing.writeHead(response.statusCode!, response.headers);
    response.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());
beforeEach(async () => {
  [answers, patches] = [[], 0];
  between = createServer(answer).listen(0, '127.0.0.1');
  await once(between, 'listening');
  const { port } = between.address() as AddressInfo;
  client = createWaybill({ url: `http://127.0.0.1:${port}`, webSocketImpl: WebSocket });
});
afterEach(async () => {
  client.close();
  between.closeAllConnections();
  between.close();
  await once(between, 'close');
});

let count = 0;

function newFile(): { file: File; bytes: Buffer } {
  count += 1;
  const bytes = randomBytes(createRandom(count), MIB / 2);
  return { file: new File([new Uint8Array(bytes)], `file ${count}`, { lastModified: count }), bytes };
}

const HTML = '<html>an error of a proxy</html>';

it.each([
  ['502 of a proxy', [{ status: 502, body: HTML }]],
  ['503 of a server that has no database', [{ status: 503 }]],
  ['500 of a server, for a while', [{ status: 500 }, { status: 500 }, { status: 500 }]],
  ['423, while another request holds the upload', [{ status: 423 }, { status: 423 }]],
  ['409 to an offset that has moved', [{ status: 409 }]],
  ['401 to a right that has ended', [{ status: 401 }]],
  ['429 without a time', [{ status: 429 }]],
  ['success, with nothing stored', [{ status: 204, headers: { 'upload-offset': '0', 'tus-resumable': '1.0.0' } }]],
])('goes on after %s', async (_name, scripted) => {
  answers = [...scripted];
  const { file, bytes } = newFile();
  const { sha256, state } = await upload(client, file);
  expect({ sha256, state }).toEqual({ sha256: digestOf(bytes), state: 'PROCESSING' });
  expect(patches).toBe(scripted.length + 1);
});

const ALWAYS = 100;
const STUCK = { status: 204, headers: { 'upload-offset': '0', 'tus-resumable': '1.0.0' } };

it.each([
  ['STORAGE_FULL', { status: 507, body: 'The store is full.' }, 1],
  ['QUOTA_EXCEEDED', { status: 413, body: 'QUOTA_EXCEEDED: The tenant has as much as it may.' }, 1],
  ['UNEXPECTED_ANSWER', { status: 413, body: HTML }, 1],
  ['UNEXPECTED_ANSWER', { status: 500 }, 5],
  ['UPLOAD_STUCK', STUCK, 5],
  ['UNAUTHENTICATED', { status: 401 }, 3],
  ['FILE_CHANGED', { status: 403 }, 3],
])('ends with %s after %j', async (code, scripted, attempts) => {
  answers = Array<Scripted>(ALWAYS).fill(scripted);
  await expect(upload(client, newFile().file)).rejects.toMatchObject({ name: 'WaybillError', code });
  expect(patches).toBe(attempts);
});
