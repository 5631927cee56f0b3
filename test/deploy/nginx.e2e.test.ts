// Waybill behind Debian's nginx with TLS, configured as deploy/nginx.conf says.
import { randomBytes } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, request, subscribe } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type Nginx, hasNginx, startNginx } from '../support/nginx.ts';
import { readData } from '../support/sse.ts';
import { sendUpload } from '../support/tus-client.ts';

const REGISTER = `mutation ($size: SafeInt!) {
  registerFile(input: { name: "holiday.mp4", size: $size }) {
    ... on RegisterFileSuccess { file { id uploadUrl } }
  }
}`;
const READ = `query ($id: ID!) { file(id: $id) { state bytesReceived size contentUrl } }`;
const WATCH = 'subscription ($id: ID!) { file(id: $id) { state version } }';

interface Registered {
  readonly registerFile: { readonly file: { readonly id: string; readonly uploadUrl: string } };
}

if (!hasNginx) process.stderr.write('No nginx: test/deploy/nginx.e2e.test.ts is left out.\n');

describe.runIf(hasNginx)('behind nginx', () => {
  let instance: Instance;
  let nginx: Nginx;

  beforeAll(async () => {
    instance = await startInstance();
    nginx = await startNginx(Number(new URL(instance.url).port));
    setDefaultCACertificates([...getCACertificates('default'), nginx.ca]);
  });

  afterAll(async () => {
    await nginx.stop();
    await instance.stop();
  });

  const register = async (size: number): Promise<Registered['registerFile']['file']> =>
    (await request<Registered>(nginx.url, REGISTER, { size })).registerFile.file;

  test('URLs that clients are given lead back through it', async () => {
    const { uploadUrl } = await register(1);
    expect(uploadUrl.startsWith(`${nginx.url}/uploads/`)).toBe(true);
  });

  test('a page of its origin may ask', async () => {
    const headers = { 'content-type': 'application/json', origin: nginx.url };
    const body = JSON.stringify({ query: '{ __typename }' });
    const response = await fetch(`${nginx.url}/graphql`, { method: 'POST', headers, body });
    expect(response.status).toBe(200);
  });

  test('an upload passes at its full size and is not spooled to the disk of nginx', async () => {
    const bytes = randomBytes(20 * 2 ** 20);
    const { id, uploadUrl } = await register(bytes.length);
    await sendUpload(nginx.url, bytes, { uploadUrl });
    const { file } = await request<{ file: Record<string, unknown> }>(nginx.url, READ, { id });
    expect(file).toMatchObject({ bytesReceived: bytes.length, size: bytes.length });
    expect(await nginx.errors()).not.toMatch(/buffered to a temporary file/);
    const content = await fetch(file['contentUrl'] as string);
    expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test('subscriptions pass over WebSocket and as server-sent events', async () => {
    const { id } = await register(1);
    const client = connect(nginx.url);
    const overSocket = subscribe<{ file: { state: string } }>(client, WATCH, { id });
    expect((await overSocket.next()).value).toEqual({ file: { state: 'UNTRACKED', version: 0 } });
    await client.dispose();
    const events = readData<{ file: { state: string } }>(nginx.url, WATCH, { id });
    expect((await events.next()).value).toEqual({ file: { state: 'UNTRACKED', version: 0 } });
    await events.return();
  });
});
