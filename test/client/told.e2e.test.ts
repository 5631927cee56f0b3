// What a program is told while the client tries again, and what it decides of that.
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Waybill, createWaybill } from '../../packages/client/src/client.ts';
import type { WaybillError } from '../../packages/client/src/errors.ts';
import { READ_FEED_CURSOR, TRANSITION_FILE, WATCH_CHANGES } from '../../packages/client/src/generated/documents.ts';
import { newFile, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
let proxy: TcpProxy;
let client: Waybill;
/** How often a socket was terminated. */
let terminations: number;

class Watched extends WebSocket {
  override terminate(): void {
    terminations += 1;
    super.terminate();
  }
}

beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());
beforeEach(async () => {
  terminations = 0;
  proxy = await startTcpProxy(waybill.url);
  client = createWaybill({ url: proxy.urlThrough(waybill.url), webSocketImpl: Watched });
});
afterEach(async () => {
  client.close();
  await proxy.close();
});

it('why and for how long a request waits', async () => {
  const id = await newFile(waybill.url);
  await proxy.refuse();
  const told: [string, number][] = [];
  const onRetry = ({ code }: WaybillError, delayMs: number): void => {
    told.push([code, delayMs]);
    if (told.length === 2) void proxy.restore();
  };
  const input = { id, event: 'START_UPLOAD' } as const;
  const { transitionFile } = await client.mutate(TRANSITION_FILE, { input }, { onRetry });
  expect(transitionFile).toMatchObject({ __typename: 'TransitionFileSuccess' });
  expect(told.length).toBeGreaterThanOrEqual(2);
  expect(told.every(([code, delayMs]) => code === 'NETWORK' && delayMs > 0)).toBe(true);
});

it('without patience a request is sent once', async () => {
  const id = await newFile(waybill.url);
  const told: WaybillError[] = [];
  const options = { patienceMs: 0, onRetry: (error: WaybillError) => told.push(error) };
  proxy.atMatch({ pattern: 'transitionFile' }, 'cutAfter');
  const input = { id, event: 'START_UPLOAD' } as const;
  await expect(client.mutate(TRANSITION_FILE, { input }, options)).rejects.toMatchObject({ code: 'NETWORK' });
  proxy.atMatch({ pattern: 'ReadFeedCursor' }, 'cutBefore');
  await expect(client.query(READ_FEED_CURSOR, {}, options)).rejects.toMatchObject({ code: 'NETWORK' });
  expect(told).toEqual([]);
});

it('that a subscription is interrupted, and that it is connected again', async () => {
  const id = await newFile(waybill.url);
  const told: string[] = [];
  const untilTold = (what: string, times = 1): Promise<unknown> =>
    until(
      () => told.filter((each) => each === what).length,
      (count) => count >= times,
    );
  const { feedCursor } = await client.query(READ_FEED_CURSOR);
  const unsubscribe = client.subscribe(
    WATCH_CHANGES,
    // Of this file, and not that it was registered: changes of before may have got their positions only now.
    { after: feedCursor, filter: { ids: [id], kinds: ['TRANSITIONED'] } },
    {
      next: () => told.push('next'),
      error: ({ code }) => told.push(code),
      complete: () => told.push('complete'),
      connected: () => told.push('connected'),
      interrupted: ({ code }) => told.push(code),
    },
  );
  await untilTold('connected');
  await transition(waybill.url, id, 'START_UPLOAD');
  await untilTold('next');
  await proxy.refuse();
  await transition(waybill.url, id, 'COMPLETE_UPLOAD');
  await untilTold('NETWORK');
  await proxy.restore();
  await untilTold('next', 2);
  expect(told.slice(told.indexOf('NETWORK'))).toContain('connected');
  expect(new Set(told)).toEqual(new Set(['connected', 'next', 'NETWORK']));
  unsubscribe();
});

async function answeringUpgrades(status: number): Promise<Server> {
  const server = createServer();
  server.on('upgrade', (_request, socket) => socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

it.each([
  [404, 'UNEXPECTED_ANSWER'],
  [401, 'UNAUTHENTICATED'],
])('what answers %i instead of a WebSocket is not asked for ever', async (status, code) => {
  const other = await answeringUpgrades(status);
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const stranger = createWaybill({ url, webSocketImpl: WebSocket });
  const { promise, resolve } = Promise.withResolvers<WaybillError>();
  const ignore = (): void => undefined;
  stranger.subscribe(WATCH_CHANGES, { after: 'a' }, { next: ignore, error: resolve, complete: ignore });
  expect(await promise).toMatchObject({ code, extensions: { status } });
  stranger.close();
  other.close();
  other.closeAllConnections();
});

it('a closed client does not wait for a server that is gone', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const ignore = (): void => undefined;
  const observer = { next: ignore, error: ignore, complete: ignore, connected: resolve };
  const { feedCursor } = await client.query(READ_FEED_CURSOR);
  client.subscribe(WATCH_CHANGES, { after: feedCursor }, observer);
  await promise;
  proxy.swallow('toClient');
  client.close();
  await until(
    () => terminations,
    (count) => count > 0,
  );
});
