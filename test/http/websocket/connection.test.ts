// One WebSocket whose client has gone silent: it is cut off, and what waited for it goes on.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from 'graphql-ws';
import { afterEach, expect, it } from 'vitest';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import { SlowReaders } from '../../../src/http/slow-readers.ts';
import { type SocketContext, serveSocket } from '../../../src/http/websocket/connection.ts';
import { createLogger } from '../../../src/log.ts';

type Opened = Parameters<Server<SocketContext>['opened']>[0];

const NEVER_MS = 600_000;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A client, and the server's end of its socket once it is open. */
async function meet(
  {
    keepAliveMs = NEVER_MS,
    stalledMs = NEVER_MS,
    messageMs = NEVER_MS,
  }: { keepAliveMs?: number; stalledMs?: number; messageMs?: number },
  clientOptions: ClientOptions = {},
): Promise<{ client: WebSocket; opened: Opened; closed: Promise<unknown> }> {
  const slowReaders = new SlowReaders(stalledMs);
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(sockets, 'listening');
  const server = new Promise<{ opened: Opened; closed: Promise<unknown> }>((resolve) => {
    sockets.on('connection', (socket, request) => {
      const opened: Server<SocketContext> = {
        opened: (end) => {
          resolve({ opened: end, closed: once(socket, 'close') });
          return () => Promise.resolve();
        },
      };
      const options = { log: createLogger('silent'), slowReaders, keepAliveMs, messageMs };
      serveSocket(opened, socket, { request, baseUrl: 'http://here' }, options);
    });
  });
  const client = new WebSocket(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`, clientOptions);
  client.on('error', () => undefined);
  cleanups.push(() => {
    client.terminate();
    sockets.close();
    slowReaders.stop();
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

it('a message that is never finished closes the socket as slow, though pings are answered', async () => {
  const { client, closed } = await meet({ keepAliveMs: 400, messageMs: 1_000 });
  await once(client, 'open');
  client.send('x'.repeat(2 ** 20), { fin: false });
  const trickle = setInterval(() => client.send('x', { fin: false }), 20);
  const [code, reason] = (await once(client, 'close')) as [number, Buffer];
  clearInterval(trickle);
  expect([code, reason.toString()]).toEqual([4290, 'Slow sender: a message took more than 1 s']);
  await closed;
});

it('half a frame is such a message', async () => {
  const { client, closed } = await meet({ keepAliveMs: 50, messageMs: 200 });
  await once(client, 'open');
  const { _socket: transport } = client as WebSocket & { _socket: Socket };
  transport.write(Buffer.from([0x81, 0xfe, 0x10, 0x00, 0, 0, 0, 0, 0x78])); // 4,096 bytes are announced, one follows
  await closed;
});

it('a client that sends many messages, one after the other, stays', async () => {
  const { client } = await meet({ keepAliveMs: 1_000, messageMs: 600 });
  await once(client, 'open');
  // Together they take longer than one may.
  for (const begun = performance.now(); performance.now() - begun < 1_200;) {
    client.send('{"type":', { fin: false });
    await sleep(10);
    client.send('"ping"}');
  }
  expect(client.readyState).toBe(client.OPEN);
});

it('a message to a closed socket is dropped', async () => {
  const { client, opened, closed } = await meet({});
  client.terminate();
  await closed;
  expect(await opened.send('x')).toBeUndefined();
});
