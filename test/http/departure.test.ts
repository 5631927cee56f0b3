// Whether a client goes away before it has its answer, as node:http shows it.
import { once } from 'node:events';
import { type ServerResponse, createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { RightEnded } from '../../src/auth/rights.ts';
import { type WatchRight, watchDeparture } from '../../src/http/departure.ts';
import { Departures } from '../../src/http/websocket/departures.ts';

const server = createServer();
afterEach(() => void server.close());

async function requested(): Promise<{ response: ServerResponse; leave: () => void }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined).write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  return { response, leave: () => socket.destroy() };
}

/** A right that ends when `end` is called. */
function rightThatEnds() {
  const seen = { released: 0 };
  let end = (): void => undefined;
  const watchRight: WatchRight = (onEnd) => {
    end = onEnd;
    return { renew: () => undefined, release: () => (seen.released += 1) };
  };
  return { watchRight, seen, end: () => end() };
}
const { watchRight } = rightThatEnds();

it('a client that has its answer has not gone away', async () => {
  const { response } = await requested();
  const signal = watchDeparture(response, watchRight)();
  response.end('the answer');
  await once(response, 'close');
  expect(signal.aborted).toBe(false);
});

it('a client that goes before is noticed, whether one asks before or after', async () => {
  const { response, leave } = await requested();
  const departure = watchDeparture(response, watchRight);
  const before = departure();
  leave();
  await once(response, 'close');
  expect([before.aborted, departure() === before, watchDeparture(response, watchRight)().aborted]).toEqual([
    true,
    true,
    true,
  ]);
});

it('a right that ends before the answer is noticed, and is released with the response', async () => {
  const { response } = await requested();
  const right = rightThatEnds();
  const signal = watchDeparture(response, right.watchRight)();
  right.end();
  expect(signal.reason).toBeInstanceOf(RightEnded);
  response.end('the answer');
  await once(response, 'close');
  expect(right.seen.released).toBe(1);
});

it('an answer that is on its way is not taken back when the right ends', async () => {
  const { response } = await requested();
  const right = rightThatEnds();
  const signal = watchDeparture(response, right.watchRight)();
  response.end('the answer');
  right.end();
  expect(signal.aborted).toBe(false);
  await once(response, 'close');
});

it('an operation on a WebSocket ends with its completion or with the socket, and not after its answer', () => {
  const departures = new Departures();
  const [left, answered, cut] = ['a', 'b', 'c'].map((id) => departures.watch(id)());
  departures.leave('a');
  departures.forget('b');
  departures.leave('b');
  departures.end();
  expect([left, answered, cut].map((signal) => signal?.aborted)).toEqual([true, false, true]);
  expect(departures.watch('d')().aborted).toBe(true);
});
