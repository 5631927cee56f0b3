// Sign-in with tokens, everywhere a client can come in: HTTP, WebSocket, event streams, tus and downloads.
import { createSecretKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange } from '../support/http.ts';
import type { Instance } from '../support/instance.ts';
import {
  VIEWER,
  connectAs,
  createKeyAs,
  inSeconds,
  sendAs,
  sign,
  startSignedIn,
  statusAs,
  viewerAs,
} from '../support/sign-in.ts';

let waybill: Instance;
let good: string;
beforeAll(async () => {
  waybill = await startSignedIn();
  good = await sign();
});
afterAll(() => waybill.stop());

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenWith = (header: object, claims: object, signature = ''): string =>
  `${base64(header)}.${base64(claims)}.${signature}`;
const CLAIMS = { sub: 'ann', tenant: 'red', roles: ['admin'], exp: inSeconds(3_600) };

it('a token says who one is', async () => {
  const exp = inSeconds(3_600);
  const token = await sign({ sub: 'bob', tenant: 'blue', roles: ['uploader', 'viewer'], exp });
  expect(await viewerAs(waybill.url, token)).toEqual({
    subject: 'bob',
    tenant: 'blue',
    roles: ['VIEWER', 'UPLOADER'],
    expiresAt: new Date(exp * 1_000).toISOString(),
  });
  const plain = await sign({ tenant: undefined, roles: undefined });
  expect(await viewerAs(waybill.url, plain)).toMatchObject({ tenant: 'default', roles: ['VIEWER'] });
});

it('the clocks of two machines may differ by half a minute', async () => {
  expect(await statusAs(waybill.url, await sign({ exp: inSeconds(-20) }))).toBe(200);
  expect(await statusAs(waybill.url, await sign({ nbf: inSeconds(20) }))).toBe(200);
});

const BAD: readonly (readonly [string, () => string | Promise<string>])[] = [
  ['of no algorithm', () => tokenWith({ alg: 'none' }, CLAIMS)],
  ['of no algorithm, with the signature of another', () => tokenWith({ alg: 'None' }, CLAIMS, good.split('.')[2])],
  ['of another secret', () => sign({}, new TextEncoder().encode('another secret, of more than 32 bytes'))],
  ['of HS512', () => signAs('HS512')],
  ['that has expired', () => sign({ exp: inSeconds(-60) })],
  ['that never expires', () => sign({ exp: undefined })],
  ['that is not valid yet', () => sign({ nbf: inSeconds(60) })],
  ['with its claims changed', () => tokenWith({ alg: 'HS256' }, { ...CLAIMS, tenant: 'blue' }, good.split('.')[2])],
  ['without a subject', () => sign({ sub: undefined })],
  ['that passes itself off as the service', () => sign({ sub: 'system:uploads' })],
  ['of a role that does not exist', () => sign({ roles: ['root'] })],
  ['of a tenant with NUL', () => sign({ tenant: 'red\0' })],
  ['of a tenant of 5 kB', () => sign({ tenant: 'x'.repeat(5_000) })],
  ['of a tenant of 10 kB', () => sign({ tenant: 'x'.repeat(10_000) })],
  ['of a tenant that is no text', () => sign({ tenant: { $ne: null } })],
  ['of two tenants', () => sign({ tenant: ['red', 'blue'] })],
  ['with a critical header that nobody knows', () => tokenWith({ alg: 'HS256', crit: ['x'], x: 1 }, CLAIMS, 'AA')],
  ['that is no token', () => 'nonsense'],
  ['that is empty', () => ''],
  ['of 12 KiB', () => sign({ more: 'x'.repeat(9_000) })],
];

const signAs = (alg: string): Promise<string> =>
  new SignJWT(CLAIMS)
    .setProtectedHeader({ alg })
    .sign(createSecretKey(Buffer.from('a secret for tests, of more than 32 bytes'.padEnd(64))));

describe('a token', () => {
  it.each(BAD)('%s is refused on every way in, and the next request is served', async (_what, make) => {
    const token = await make();
    const answer = await sendAs(waybill.url, token, VIEWER);
    expect(answer).toEqual({
      status: 401,
      errors: [{ message: 'A valid token or API key is required.', extensions: { code: 'UNAUTHENTICATED' } }],
    });
    const { client, closed } = connectAs(waybill.url, { authorization: `Bearer ${token}` });
    expect(await closed).toMatchObject({ code: 4403, reason: 'Forbidden' });
    await client.dispose();
    const headers = { authorization: `Bearer ${token}` };
    for (const [path, method] of [
      ['/files/file_00000000-0000-7000-8000-000000000000', 'GET'],
      ['/uploads', 'POST'],
      ['/uploads/file_00000000-0000-7000-8000-000000000000', 'HEAD'],
    ] as const) {
      const response = await fetch(`${waybill.url}${path}`, { method, headers });
      expect([response.status, response.headers.get('www-authenticate')], `${method} ${path}`).toEqual([401, 'Bearer']);
      const text = await response.text();
      expect(text === '' || text === 'A valid token or API key is required.\n', text).toBe(true);
    }
    expect(await statusAs(waybill.url, good)).toBe(200);
  });

  it('may be missing nowhere but where nothing of anybody is', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics'])
      expect((await fetch(`${waybill.url}${path}`)).status).toBe(200);
    const page = await fetch(`${waybill.url}/graphql`, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    await page.body?.cancel();
    expect((await fetch(`${waybill.url}/uploads`, { method: 'OPTIONS' })).status).toBe(204);
    expect(await statusAs(waybill.url, null)).toBe(401);
    expect(await connectAs(waybill.url, {}).closed).toMatchObject({ code: 4403 });
  });

  it('comes once: a second header of that name is refused, and so are two tokens in one', async () => {
    const request = (lines: string): Promise<string> =>
      exchange(
        waybill.url,
        `GET /graphql?query={__typename} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n\r\n`,
      );
    const line = `Authorization: Bearer ${good}`;
    expect(await request(line)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await request(`${line}\r\n${line}`)).toMatch(/^HTTP\/1\.1 401 /);
    expect(await request(`${line}, Bearer ${good}`)).toMatch(/^HTTP\/1\.1 401 /);
    expect(await request(`Authorization: Basic YTpi`)).toMatch(/^HTTP\/1\.1 401 /);
    const both = connectAs(waybill.url, { authorization: `Bearer ${good}`, Authorization: `Bearer ${good}` });
    expect(await both.closed).toMatchObject({ code: 4403 });
  });

  it('of 1 MiB is refused before it is looked at, on HTTP and on a socket', async () => {
    const token = 'x'.repeat(2 ** 20);
    expect(
      await exchange(waybill.url, `GET /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`).catch(
        () => 'HTTP/1.1 431 cut',
      ),
    ).toMatch(/^HTTP\/1\.1 431 /);
    expect(await connectAs(waybill.url, { authorization: `Bearer ${token}` }).closed).toMatchObject({ code: 1009 });
    expect(await statusAs(waybill.url, good)).toBe(200);
  });
});

it('what was wrong is in the log, without the token, and not again and again', async () => {
  const own = await startSignedIn();
  const token = await sign({ exp: inSeconds(-3_000) });
  try {
    expect(await statusAs(own.url, good)).toBe(200);
    for (let time = 0; time < 3; time += 1) expect(await statusAs(own.url, token)).toBe(401);
    expect(await statusAs(own.url, await sign({ exp: inSeconds(-2_000) }))).toBe(401);
  } finally {
    await own.stop();
  }
  const lines = own.log.filter(({ msg }) => msg === 'credentials were refused');
  expect(lines).toHaveLength(1);
  expect(lines[0]!['reason']).toMatch(/"exp" claim timestamp check failed/);
  const everything = JSON.stringify([...own.log, ...waybill.log]);
  for (const part of good.split('.').slice(1)) expect(everything).not.toContain(part);
  expect(everything).not.toContain(token.split('.')[2]);
});

it('an event stream and a socket with a good token deliver', async () => {
  const { client } = connectAs(waybill.url, { Authorization: `Bearer ${good}` });
  const { value } = await client.iterate<{ viewer: { subject: string } }>({ query: VIEWER }).next();
  expect((value as { data: { viewer: object } }).data.viewer).toMatchObject({ subject: 'ann' });
  await client.dispose();
  const headers = { accept: 'text/event-stream', authorization: `Bearer ${good}` };
  const query = new URLSearchParams({ query: 'subscription { fileChanges { cursor } }' });
  const leave = new AbortController();
  const stream = await fetch(`${waybill.url}/graphql?${query}`, { headers, signal: leave.signal });
  expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  leave.abort();
});

it('an API key works in place of a token, as itself', async () => {
  const { id, secret } = await createKeyAs(waybill.url, good, { roles: ['WORKER'] });
  expect(await viewerAs(waybill.url, secret)).toEqual({
    subject: id,
    tenant: 'red',
    roles: ['WORKER'],
    expiresAt: null,
  });
});
