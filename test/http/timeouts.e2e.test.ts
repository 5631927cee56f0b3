// Connections that keep the server waiting are closed: those that send nothing, half a head or half a body, and idle ones.
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Metrics } from '../../src/http/metrics.ts';
import { type RunningServer, listen } from '../../src/http/server.ts';
import { SlowReaders } from '../../src/http/slow-readers.ts';
import { DEFAULT_TIMEOUTS, serverTimeouts } from '../../src/http/timeouts.ts';
import { createLogger } from '../../src/log.ts';
import { openSocket } from '../support/http.ts';

let server: RunningServer;
const slowReaders = new SlowReaders(600_000);
beforeAll(async () => {
  const timeouts = { headMs: 300, bodyMs: 300, keepAliveMs: 300 };
  const options = { api: null, metrics: new Metrics(), log: createLogger('silent'), isReady: () => true };
  server = await listen({ ...options, slowReaders, timeouts }, '127.0.0.1', 0);
});
afterAll(async () => {
  await server.close();
  slowReaders.stop();
});

it.each([
  ['nothing', ''],
  ['half a head', 'GET /healthz HTTP/1.1\r\nHost: local'],
  ['half a body', 'POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf'],
  ['no further request', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'],
])('a connection that sends %s is closed', async (_what, bytes) => {
  const socket = openSocket(`http://127.0.0.1:${server.port}`);
  socket.on('error', () => undefined).resume();
  socket.write(bytes);
  // The test ends by its own time limit if it is not.
  await once(socket, 'close');
});

it('there is a limit on heads although there is none on whole requests', () => {
  const { requestTimeout, headersTimeout, keepAliveTimeout } = serverTimeouts(DEFAULT_TIMEOUTS);
  expect({ requestTimeout, headersTimeout, keepAliveTimeout }).toEqual({
    requestTimeout: 0,
    headersTimeout: 30_000,
    keepAliveTimeout: 75_000,
  });
});
