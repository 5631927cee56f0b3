// Requests that are refused before anything else is done: foreign hosts (DNS rebinding), foreign origins, two Host headers.
// Upgrades that are not ours are ignored.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { expectServing } from '../support/clean.ts';
import { JSON_HEADERS, exchange, post } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';

const PUBLIC = 'waybill.example';
const ASK = '{"query":"{__typename}"}';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance({ env: { WAYBILL_PUBLIC_URL: `https://${PUBLIC}/waybill` } });
});
afterAll(async () => {
  await expectServing(waybill.url);
  await waybill.stop();
});

const PATHS = ['/graphql?query={__typename}', '/uploads/x', '/files/x', '/'];

/** Status line and all that follows it. */
const ask = (path: string, ...headers: string[]): Promise<string> =>
  exchange(waybill.url, `GET ${path} HTTP/1.1\r\nConnection: close\r\n${headers.join('\r\n')}\r\n\r\n`);

/** The status and the body with which a WebSocket is refused; null if it is not. */
function refusal(headers: Record<string, string>): Promise<{ status: number; body: string } | null> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${waybill.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
    socket.once('open', () => {
      socket.close();
      resolve(null);
    });
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    socket.on('error', () => undefined);
  });
}

const logged = (text: string): boolean => waybill.log.some(({ msg }) => msg.includes(text));

describe('without sign-in, a host', () => {
  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:4000', '192.0.2.1'])(
    '%s is 403 on every path and over WebSocket, even with the origin of its own pages',
    async (host) => {
      for (const path of PATHS) {
        const text = await ask(path, `Host: ${host}`, `Origin: http://${host}`);
        expect(text, path).toMatch(/^HTTP\/1\.1 403 /);
        expect(text).toContain('WAYBILL_PUBLIC_URL');
      }
      const refused = await refusal({ host, origin: `http://${host}` });
      expect(refused).toMatchObject({ status: 403, body: expect.stringContaining('WAYBILL_PUBLIC_URL') });
      expect(logged(`The host ${host} is not allowed`)).toBe(true);
    },
  );

  it.each(['localhost:1', 'LOCALHOST', 'app.localhost:4000', '127.0.0.1', '127.1.2.3:5', '[::1]:4000', PUBLIC])(
    '%s is served',
    async (host) => {
      expect(await ask(PATHS[0]!, `Host: ${host}`)).toMatch(/^HTTP\/1\.1 200 /);
      expect(await refusal({ host })).toBeNull();
    },
  );

  it('of any name may ask for health', async () => {
    expect(await ask('/readyz', 'Host: 10.0.0.7:4000')).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('in a container or a local network, without sign-in', () => {
  const askAt = (url: string, host: string): Promise<string> =>
    exchange(url, `GET /graphql?query={__typename} HTTP/1.1\r\nConnection: close\r\nHost: ${host}\r\n\r\n`);

  it.each(['nas.local:4000', 'waybill:4000', '192.168.1.10:4000'])(
    '%s is served by the setting that its refusal names',
    async (host) => {
      const env = { HOST: '0.0.0.0', WAYBILL_AUTH: 'none' };
      const first = await startInstance({ env });
      expect(first.log.map(({ msg }) => msg)).toContainEqual(expect.stringContaining('others can reach this server'));
      const refused = await askAt(first.url, host);
      expect(refused).toMatch(/^HTTP\/1\.1 403 /);
      const setting = /WAYBILL_PUBLIC_URL=(\S+)/.exec(refused)?.[1] ?? '';
      expect(first.log.map(({ msg }) => msg)).toContainEqual(expect.stringContaining(`WAYBILL_PUBLIC_URL=${setting}`));
      await first.stop();
      const second = await startInstance({ env: { ...env, WAYBILL_PUBLIC_URL: setting } });
      expect(await askAt(second.url, host)).toMatch(/^HTTP\/1\.1 200 /);
      expect(second.log.map(({ msg }) => msg)).not.toContainEqual(
        expect.stringContaining('others can reach this server'),
      );
      await second.stop();
    },
  );
});

it('a foreign origin is told which setting allows it, and so is the log', async () => {
  const origin = 'http://localhost:5173';
  const { status, text } = await post(waybill.url, ASK, { ...JSON_HEADERS, origin });
  expect(status).toBe(403);
  for (const part of [origin, 'WAYBILL_CORS_ORIGINS', 'WAYBILL_PUBLIC_URL']) expect(text).toContain(part);
  expect(await refusal({ origin })).toMatchObject({ status: 403, body: expect.stringContaining(origin) });
  expect(logged(`The origin ${origin} is not allowed`)).toBe(true);
});

it('two Host headers are 400, over WebSocket too', async () => {
  const hosts = ['Host: localhost', 'host: evil.example'];
  for (const path of [...PATHS, '/readyz']) expect(await ask(path, ...hosts)).toMatch(/^HTTP\/1\.1 400 /);
  const upgrade = `GET /graphql HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${hosts.join('\r\n')}\r\n\r\n`;
  expect(await exchange(waybill.url, upgrade)).toMatch(/^HTTP\/1\.1 400 /);
});

it('an upgrade to h2c is ignored: the request is answered over HTTP/1.1', async () => {
  const upgrade = [
    'Host: localhost',
    'Connection: Upgrade, HTTP2-Settings, close',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABk',
  ];
  const head = `POST /graphql HTTP/1.1\r\n${upgrade.join('\r\n')}\r\nContent-Type: application/json`;
  const text = await exchange(waybill.url, `${head}\r\nContent-Length: ${ASK.length}\r\n\r\n${ASK}`);
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(text).toContain('{"data":{"__typename":"Query"}}');
  expect(await ask('/healthz', 'Host: localhost', 'Upgrade: h2c')).toMatch(/^HTTP\/1\.1 200 /);
});

it('/ names what it loads relative to itself, so that a proxy may serve it below a path', async () => {
  const page = await fetch(`${waybill.url}/`);
  expect(page.status).toBe(200);
  const addresses = Array.from((await page.text()).matchAll(/(?:src|href)="([^"]*)"/g), ([, address]) => address);
  expect(addresses.length).toBeGreaterThan(1);
  expect(addresses.filter((address) => !address!.startsWith('./'))).toEqual([]);
});
