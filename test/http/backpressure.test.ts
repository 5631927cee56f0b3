// Whether a connection takes more, asked of real sockets.
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Backpressure } from '../../src/http/backpressure.ts';

const close: (() => unknown)[] = [];
afterEach(() => close.splice(0).forEach((each) => each()));

/** The two ends of a connection; the far one reads nothing. */
async function openPair(): Promise<[near: Socket, far: Socket]> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  close.push(() => server.close());
  await once(server, 'listening');
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  const [near] = (await once(server, 'connection')) as [Socket];
  close.push(
    () => near.destroy(),
    () => far.destroy(),
  );
  return [near, far];
}

it('an ending connection with something left to send takes no more until it is closed', async () => {
  const [near] = await openPair();
  const backpressure = new Backpressure(near);
  expect(backpressure.isFree).toBe(true);
  // More than the kernels of both ends take.
  near.write(Buffer.alloc(32 * 2 ** 20));
  near.end();
  expect(backpressure.isFree).toBe(false);
  let isFree = false;
  const waiting = backpressure.whenFree().then(() => (isFree = true));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isFree).toBe(false);
  near.destroy();
  await waiting;
});
