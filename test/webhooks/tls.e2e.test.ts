// Messages over https: to whoever has a certificate that the machine trusts, for the name in the URL, that is still valid.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Authority, type KeyPair, createAuthority } from '../support/certificates.ts';
import { newFile } from '../support/client.ts';
import { createDatabase } from '../support/database.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';
import { createTemporaryDir } from '../support/temporary-dir.ts';
import { until } from '../support/until.ts';
import { ALLOW_LOOPBACK, createWebhook, readWebhook } from '../support/webhook-receiver.ts';

let authority: Authority;
let waybill: WaybillProcess;
const stack = new AsyncDisposableStack();
beforeAll(async () => {
  const dir = await createTemporaryDir();
  stack.defer(() => dir.remove());
  authority = createAuthority(dir.path);
  const database = await createDatabase();
  stack.defer(() => database.drop());
  const own = { DATABASE_URL: database.url, WAYBILL_DATA_DIR: database.dataDir };
  waybill = await startProcess({ ...ALLOW_LOOPBACK, ...own, NODE_EXTRA_CA_CERTS: authority.path });
  stack.defer(async () => void (await waybill.end('SIGTERM')));
});
afterAll(() => stack.disposeAsync());

/** What the first attempt ends with. */
async function outcomeOf(pair: KeyPair): Promise<{ readonly state: string; readonly error: string | null }> {
  const server = createServer(pair, (message, response) => {
    message.resume().on('end', () => response.writeHead(204).end());
  }).listen(0, '127.0.0.1');
  stack.defer(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { id } = await createWebhook(waybill.url, `https://127.0.0.1:${port}/`);
  const file = await newFile(waybill.url);
  const { deliveries } = await until(
    () => readWebhook(waybill.url, id),
    (read) => read.deliveries.some(({ fileId, attempts }) => fileId === file && attempts > 0),
  );
  const { state, error } = deliveries.find(({ fileId }) => fileId === file)!;
  return { state, error };
}

it('a receiver with a certificate of an authority that the machine trusts is sent to', async () => {
  expect(await outcomeOf(authority.sign('IP:127.0.0.1'))).toEqual({ state: 'DELIVERED', error: null });
});

it.each([
  ['for another name', ['DNS:receiver.example', 1], 'TLS: ERR_TLS_CERT_ALTNAME_INVALID'],
  ['that is not valid any more', ['IP:127.0.0.1', -1], 'TLS: CERT_HAS_EXPIRED'],
] as const)('one with a certificate %s is not', async (_what, [name, days], error) => {
  expect(await outcomeOf(authority.sign(name, days))).toEqual({ state: 'PENDING', error });
});
