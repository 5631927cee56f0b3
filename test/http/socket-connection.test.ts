// One WebSocket whose client has gone silent: it is cut off, and what waited for it goes on.
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import type { Server } from 'graphql-ws';
import { afterEach, expect, it } from 'vitest';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import { type SocketExtra, type SocketTimes, serveSocket } from '../../src/http/socket-connection.ts';
import { createLogger } from '../../src/log.ts';

type Opened = Parameters<Server<SocketExtra>['opened']>[0];

const NEVER_MS = 600_000;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A client, and the server's end of its socket once it is open. */
async function meet(
  times: Partial<SocketTimes>,
  options: ClientOptions = {},
): Promise<{ client: WebSocket; opened: Opened; closed: Promise<unknown> }> {
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(sockets, 'listening');
  const server = new Promise<{ opened: Opened; closed: Promise<unknown> }>((resolve) => {
    sockets.on('connection', (socket, request) => {
      const opened: Server<SocketExtra> = {
        opened: (end) => {
          resolve({ opened: end, closed: once(socket, 'close') });
          return () => Promise.resolve();
        },
      };
      const all = { keepAliveMs: NEVER_MS, stalledMs: NEVER_MS, ...times };
      serveSocket(opened, socket, { request, baseUrl: 'http://here' }, createLogger('silent'), all);
    });
  });
  const client = new WebSocket(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`, options);
  client.on('error', () => undefined);
  cleanups.push(() => {
    client.terminate();
    sockets.close();
  });
  return { client, ...(await server) };
}

it('a client that reads nothing stalls its own stream, and is cut off in the end', async () => {
  const { client, opened, closed } = await meet({ stalledMs: 300 });
  await once(client, 'open');
  client.pause();
  const message = 'x'.repeat(2 ** 20);
  let sent = 0;
  const stream = (async () => {
    // Unbounded: only a stall ends it, and only the cutting off ends the stall.
    for (; client.readyState === client.OPEN && sent < 4_096; sent += 1) {
      const before = performance.now();
      await opened.send(message);
      if (performance.now() - before >= 250) return;
    }
  })();
  await closed;
  await stream;
  expect(sent, 'MiB taken before it stalled').toBeLessThan(256);
});

it('a client that reads gets every message in order', async () => {
  const { client, opened } = await meet({});
  const received: string[] = [];
  client.on('message', (data: Buffer) => received.push(data.toString()));
  for (let at = 0; at < 100; at += 1) await opened.send(String(at));
  await opened.close(1000, 'enough');
  await once(client, 'close');
  expect(received).toEqual(Array.from({ length: 100 }, (_, at) => String(at)));
});

it('a client that answers no ping is cut off', async () => {
  const { closed } = await meet({ keepAliveMs: 50 }, { autoPong: false });
  await closed;
});

it('a client that answers its pings stays', async () => {
  const { client } = await meet({ keepAliveMs: 700 });
  for (let pings = 0; pings < 3; pings += 1) await once(client, 'ping');
  expect(client.readyState).toBe(client.OPEN);
});

it('a message to a socket that is gone is dropped', async () => {
  const { client, opened, closed } = await meet({});
  client.terminate();
  await closed;
  expect(await opened.send('x')).toBeUndefined();
});
