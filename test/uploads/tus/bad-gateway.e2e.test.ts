// A proxy in front of the server answers 502 while an upload goes on: tus-js-client goes on with it all the same.
import { randomBytes } from 'node:crypto';
import { type RequestListener, type Server, createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newFile, request } from '../../support/client.ts';
import { countFiles } from '../../support/operations.ts';
import { sendUpload } from '../../support/tus-client.ts';
import { fileIdOf } from '../../support/tus.ts';
import { type UploadServer, startUploadServer } from '../../support/upload-server.ts';

const CHUNK = 64 * 1024;
const bytes = randomBytes(4 * CHUNK);

let waybill: UploadServer;
let proxy: Server;
let url: string;
/** Requests of each method that have come to the proxy. */
let seen: Record<string, number>;

beforeAll(async () => {
  waybill = await startUploadServer({});
  proxy = createServer(forward).listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => proxy.once('listening', resolve));
  url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterAll(async () => {
  proxy.closeAllConnections();
  await new Promise<unknown>((resolve) => proxy.close(resolve));
  await waybill.stop();
});

/** The second PATCH and the HEAD that follows get no further than the proxy. */
const forward: RequestListener = (incoming, outgoing) => {
  const { method = '', url: path, headers } = incoming;
  const count = (seen[method] ?? 0) + 1;
  seen = { ...seen, [method]: count };
  if ((method === 'PATCH' && count === 2) || (method === 'HEAD' && count === 1)) {
    incoming.resume();
    return void outgoing.writeHead(502).end();
  }
  const onward = httpRequest(`${waybill.url}${path}`, { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  onward.once('error', () => outgoing.destroy());
  incoming.pipe(onward);
};

const readState = async (id: string): Promise<string> =>
  (await request<{ file: { state: string } }>(waybill.url, 'query ($id: ID!) { file(id: $id) { state } }', { id })).file
    .state;

it('with an Idempotency-Key, a client that creates its upload again gets the first one', async () => {
  seen = {};
  const headers = { 'Idempotency-Key': 'report-2026' };
  const sent = await sendUpload(url, bytes, { chunkSize: CHUNK, headers });
  expect(seen['POST']).toBe(2);
  expect(await readState(fileIdOf(sent.url))).toBe('PROCESSING');
  expect((await waybill.held(sent.url)).bytes.equals(bytes)).toBe(true);
  expect(await countFiles(waybill.url)).toMatchObject({ PROCESSING: 1, UPLOADING: 0, UNTRACKED: 0 });
});

it('with the uploadUrl of a registered file and no endpoint, a client has nothing to create', async () => {
  seen = {};
  const id = await newFile(waybill.url, { transfer: 'MANAGED', size: bytes.length });
  const options = { chunkSize: CHUNK, uploadUrl: `${url}/uploads/${id}` };
  await sendUpload(url, bytes, { ...options, endpoint: null });
  expect(seen['POST']).toBeUndefined();
  expect(await readState(id)).toBe('PROCESSING');
});
