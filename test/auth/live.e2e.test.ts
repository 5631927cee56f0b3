// Subscriptions, event streams, uploads and downloads end with the right they were begun with, on every replica; and a fresh
// token on a live socket lets them go on.
import { once } from 'node:events';
import { type IncomingMessage, get, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance } from '../support/instance.ts';
import { MemoryStore } from '../support/memory-store.ts';
import {
  connectAs,
  createKeyAs,
  inSeconds,
  requestAs,
  revokeKeyAs,
  sign,
  startSignedIn,
  statusAs,
} from '../support/sign-in.ts';
import { storeFile } from '../support/stored-file.ts';
import { until } from '../support/until.ts';

const WATCH = 'subscription { fileChanges { cursor fileId } }';
const REGISTER = `mutation { registerFile(input: { name: "a", transfer: EXTERNAL }) {
  ... on RegisterFileSuccess { file { id } } } }`;

const store = new MemoryStore();
let database: TestDatabase;
let here: Instance;
let there: Instance;
let admin: string;
beforeAll(async () => {
  database = await createDatabase();
  here = await startSignedIn({ database, store });
  there = await startSignedIn({ database, store });
  admin = await sign();
});
afterAll(async () => {
  await Promise.all([here.stop(), there.stop()]);
  await database.drop();
});

const register = (url: string): Promise<unknown> => requestAs(url, admin, REGISTER);

/** Something that was begun on the other replica, and how it ended. */
interface Begun {
  readonly ended: Promise<unknown>;
}

function watchOnSocket(url: string, token: string): Begun {
  const { client, closed } = connectAs(url, { authorization: `Bearer ${token}` });
  void client.subscribe({ query: WATCH }, { next: () => undefined, error: () => undefined, complete: () => undefined });
  return { ended: closed };
}

function watchEvents(url: string, token: string): Begun {
  const headers = { accept: 'text/event-stream', authorization: `Bearer ${token}` };
  const query = new URLSearchParams({ query: WATCH });
  return { ended: fetch(`${url}/graphql?${query}`, { headers }).then((response) => response.text()) };
}

async function beginUpload(url: string, token: string): Promise<Begun & { readonly location: string }> {
  const common = { 'tus-resumable': '1.0.0', authorization: `Bearer ${token}` };
  const created = await fetch(`${url}/uploads`, { method: 'POST', headers: { ...common, 'upload-length': '1000' } });
  const location = created.headers.get('location')!;
  const patch = httpRequest(location, {
    method: 'PATCH',
    headers: {
      ...common,
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
      'content-length': 1_000,
    },
  });
  patch.on('error', () => undefined);
  patch.write(Buffer.alloc(100));
  return { location, ended: once(patch, 'response').then(([response]) => (response as IncomingMessage).statusCode) };
}

const LARGE = Buffer.alloc(64 * 2 ** 20, 'x');

/** @param over when to read what is left: a client that does not read cannot see that the server has closed */
async function beginDownload(url: string, token: string, path: string, over: Promise<unknown>): Promise<Begun> {
  const asked = get(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  const ended = new Promise((resolve) => {
    response.once('error', () => resolve('broken')).once('end', () => resolve('whole'));
  });
  void over.then(() => response.resume());
  return { ended };
}

async function beginAll(url: string, token: string, path: string) {
  const socket = watchOnSocket(url, token);
  const events = watchEvents(url, token);
  const over = Promise.all([socket.ended, events.ended]);
  const [upload, download] = await Promise.all([beginUpload(url, token), beginDownload(url, token, path, over)]);
  return { socket, events, upload, download };
}

describe('what lives long ends', () => {
  it.each([
    [
      'when its token expires',
      async () => ({ token: await sign({ exp: inSeconds(8) }), end: () => Promise.resolve() }),
    ],
    [
      'when its key is revoked, on another replica',
      async () => {
        const { id, secret } = await createKeyAs(here.url, admin);
        return { token: secret, end: async () => void (await revokeKeyAs(here.url, admin, id)) };
      },
    ],
  ])('%s: subscription, event stream, upload and download, with a code', async (_when, begin) => {
    const { path } = await storeFile(database, store, { bytes: LARGE, row: { tenant: 'red' } });
    const { token, end } = await begin();
    const { socket, events, upload, download } = await beginAll(there.url, token, path);
    await end();
    expect(await socket.ended).toMatchObject({ code: 4403, reason: expect.stringContaining('sign in again') });
    const text = String(await events.ended);
    expect(text).toContain('"code":"UNAUTHENTICATED"');
    expect(text).toMatch(/event: complete\ndata:\n\n$/);
    expect(await upload.ended).toBe(401);
    expect(await download.ended).toBe('broken');
    // Nothing of it is lost: whoever signs in again continues.
    const headers = { 'tus-resumable': '1.0.0', authorization: `Bearer ${admin}` };
    const head = await fetch(upload.location, { method: 'HEAD', headers });
    expect([head.status, head.headers.get('upload-offset')]).toEqual([200, '100']);
  });
});

/** A socket that is not a client of graphql-ws, so that the test sees every message. */
async function openRaw(url: string, token: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const messages: { type: string; id?: string; payload?: Record<string, unknown> }[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as (typeof messages)[0]));
  const closed = once(socket, 'close').then(([code]) => code as number);
  await once(socket, 'open');
  const send = (message: object): void => socket.send(JSON.stringify(message));
  send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  const hear = (type: string): Promise<(typeof messages)[0]> =>
    until(
      () => messages.find((message) => message.type === type),
      (found) => found !== undefined,
    ) as Promise<(typeof messages)[0]>;
  await hear('connection_ack');
  return { socket, messages, send, hear, closed };
}

describe('a ping on a live socket', () => {
  it('with a fresh token lets its subscriptions go on, without losing a change', async () => {
    const { socket, messages, send, hear } = await openRaw(here.url, await sign({ exp: inSeconds(8) }));
    send({ id: 'w', type: 'subscribe', payload: { query: WATCH } });
    const files = (): number => messages.filter(({ type }) => type === 'next').length;
    await until(
      async () => {
        await register(there.url);
        return files();
      },
      (count) => count > 0,
    );
    const exp = inSeconds(3_600);
    send({ type: 'ping', payload: { authorization: `Bearer ${await sign({ exp })}` } });
    expect((await hear('pong')).payload).toEqual({ expiresAt: new Date(exp * 1_000).toISOString() });
    const other = watchOnSocket(here.url, await sign({ exp: inSeconds(9) }));
    await other.ended;
    const before = files();
    await register(there.url);
    await until(files, (count) => count > before);
    expect(socket.readyState).toBe(socket.OPEN);
    socket.close();
  });

  it.each([
    ['that is not valid', () => 'nonsense'],
    ['of another subject', () => sign({ sub: 'bob' })],
    ['of another tenant', () => sign({ tenant: 'blue' })],
  ])('with a token %s closes the socket', async (_what, make) => {
    const { send, closed } = await openRaw(here.url, admin);
    send({ type: 'ping', payload: { authorization: `Bearer ${await make()}` } });
    expect(await closed).toBe(4403);
  });

  it('without a token is answered as ever', async () => {
    const { socket, send, hear } = await openRaw(here.url, admin);
    send({ type: 'ping', payload: { n: 1 } });
    expect(await hear('pong')).toEqual({ type: 'pong', payload: { n: 1 } });
    socket.close();
  });
});

it('a thousand sockets whose tokens expire together are closed within 5 s, and others are served meanwhile', async () => {
  // A token is good for 30 s after its expiry, for what begins then; what lives on ends with the expiry.
  const expiry = inSeconds(25);
  const token = await sign({ exp: expiry });
  const begun = Array.from({ length: 1_000 }, () => {
    const { client, closed } = connectAs(here.url, { authorization: `Bearer ${token}` });
    client.subscribe({ query: WATCH }, { next: () => undefined, error: () => undefined, complete: () => undefined });
    return closed.then(({ code }) => ({ code, at: Date.now() / 1_000 }));
  });
  const over = new AbortController();
  const statuses = new Set<number>();
  let slowest = 0;
  const others = (async () => {
    while (!over.signal.aborted) {
      const asked = performance.now();
      statuses.add(await statusAs(here.url, admin));
      slowest = Math.max(slowest, performance.now() - asked);
    }
  })();
  const ends = await Promise.all(begun);
  over.abort();
  await others;
  expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([4403]));
  expect(ends.filter(({ at }) => at < expiry - 1)).toEqual([]);
  // The promise is 5 s. The thousand, the server and other tests share the processors: what a request waits is added.
  expect(ends.filter(({ at }) => at > expiry + 5 + slowest / 1_000)).toEqual([]);
  expect([...statuses]).toEqual([200]);
});
