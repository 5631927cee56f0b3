// WebSocket clients that send more than they read, or more than is needed: what they cost is bounded, and others are served.
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { expectServing } from '../../support/clean.ts';
import { exchange, readMetric } from '../../support/http.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { until } from '../../support/until.ts';

const MIB = 2 ** 20;
const PROTOCOL = 'graphql-transport-ws';
const CAPS = { WAYBILL_MAX_SOCKETS: '8', WAYBILL_MAX_SOCKETS_PER_ADDRESS: '6' };

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance({ env: CAPS });
});
afterAll(() => waybill.stop());

const opened: WebSocket[] = [];
afterEach(async () => {
  await expectServing(waybill.url);
  for (const socket of opened.splice(0)) {
    if (socket.readyState === socket.CLOSED) continue;
    socket.terminate();
    await once(socket, 'close');
  }
});

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(`${waybill.url.replace('http', 'ws')}/graphql`, PROTOCOL);
  socket.on('error', () => undefined);
  opened.push(socket);
  await once(socket, 'open');
  return socket;
}

const send = (socket: WebSocket, message: object): void => socket.send(JSON.stringify(message));

async function openReady(): Promise<WebSocket> {
  const socket = await open();
  send(socket, { type: 'connection_init' });
  await once(socket, 'message');
  return socket;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use after a collection of garbage. */
function memory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('a client that reads nothing', () => {
  it('and sends 64 MiB of pings is no longer read from', async () => {
    const socket = await openReady();
    socket.pause();
    const ping = JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(60_000) } });
    for (let sent = 0; sent < 64 * MIB; sent += ping.length) socket.send(ping);
    // The kernels of both ends and 256 KiB of answers: the rest stays with the client.
    const left = (): number => socket.bufferedAmount;
    let before = Number.NaN;
    await until(
      async () => {
        const now = left();
        const isStill = now === before;
        before = now;
        await expectServing(waybill.url);
        return isStill;
      },
      (isStill) => isStill,
    );
    expect(left() / MIB).toBeGreaterThan(32);
    // It was not refused: once it reads, each ping is answered.
    let pongs = 0;
    socket.on('message', () => (pongs += 1));
    socket.resume();
    await until(
      () => pongs,
      (count) => count >= Math.ceil((64 * MIB) / ping.length),
    );
  });
});

describe('a client that asks for much at once', () => {
  it('gets 300 introspections one after the other, and others are served meanwhile', async () => {
    const socket = await openReady();
    const query = '{ __schema { types { name fields { name description args { name } type { name kind } } } } }';
    const done = new Set<string>();
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      const id = /"type":"complete"/.test(text) ? /"id":"(\d+)"/.exec(text)?.[1] : undefined;
      if (id !== undefined) done.add(id);
    });
    for (let at = 0; at < 300; at += 1) send(socket, { id: String(at), type: 'subscribe', payload: { query } });
    let doneAtFirstAnswer = -1;
    await until(() => done.size, Boolean);
    await expectServing(waybill.url);
    doneAtFirstAnswer = done.size;
    await until(
      () => done.size,
      (size) => size === 300,
    );
    expect(doneAtFirstAnswer).toBeLessThan(300);
  });
});

describe('what is not needed', () => {
  it('is not kept for the life of a subscription', async () => {
    const query = 'subscription { fileChanges { kind } }';
    const junk = 'x'.repeat(1.5 * MIB);
    const socket = await openReady();
    const subscribe = async (id: string, extra: object): Promise<void> => {
      send(socket, { id, type: 'subscribe', payload: { query, ...extra }, ...extra });
      send(socket, { type: 'ping' });
      await once(socket, 'message');
    };
    await subscribe('first', {});
    const before = memory();
    for (let at = 0; at < 12; at += 1) await subscribe(`more ${at}`, { extensions: { junk } });
    // 12 times 3 MiB if it were kept.
    await until(memory, (now) => now - before < 18 * MIB);
  });

  it.each([
    [
      'an id of 1,000 characters',
      4400,
      openReady,
      { id: 'x'.repeat(1_000), type: 'subscribe', payload: { query: '{a}' } },
    ],
    ['a connection_init of 20 kB', 1009, open, { type: 'connection_init', payload: { junk: 'x'.repeat(20_000) } }],
    ['a ping of 20 kB before connection_init', 1009, open, { type: 'ping', payload: { junk: 'x'.repeat(20_000) } }],
  ] as const)('%s closes the socket with %d', async (_what, code, connect, message) => {
    const socket = await connect();
    send(socket, message);
    expect(await once(socket, 'close')).toMatchObject({ 0: code });
  });
});

it('sockets beyond those of an address are refused with 429, which is logged, until one is closed', async () => {
  // The server hears later than a client that its socket is closed.
  await until(
    () => readMetric(waybill.url, 'waybill_websockets'),
    (count) => count === 0,
  );
  const sockets = await Promise.all(Array.from({ length: 6 }, open));
  const key = Buffer.alloc(16).toString('base64');
  const offer = `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${PROTOCOL}\r\nSec-WebSocket-Key: ${key}`;
  const head = `GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${offer}\r\n\r\n`;
  const refused = await exchange(waybill.url, head);
  expect(refused).toMatch(/^HTTP\/1\.1 429 /);
  expect(refused).toContain('WAYBILL_MAX_SOCKETS_PER_ADDRESS');
  expect(waybill.log.map(({ msg }) => msg)).toContainEqual(expect.stringContaining('WAYBILL_MAX_SOCKETS_PER_ADDRESS'));
  sockets[0]?.terminate();
  await until(
    () =>
      open().then(
        () => true,
        () => false,
      ),
    Boolean,
  );
});
