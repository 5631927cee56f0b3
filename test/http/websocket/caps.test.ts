import { describe, expect, it } from 'vitest';
import { SocketCaps, networkOf } from '../../../src/http/websocket/caps.ts';
import { createLogger } from '../../../src/log.ts';

it('sockets are limited by address and in all, and what is released may be taken again', () => {
  const caps = new SocketCaps({ total: 3, perAddress: 2, perPrincipal: 2, log: createLogger('silent') });
  expect([caps.take('192.0.2.1'), caps.take('::ffff:192.0.2.1')]).toEqual([null, null]);
  expect(caps.take('192.0.2.1')).toMatchObject({ status: 429 });
  expect(caps.take('2001:db8::1')).toBeNull();
  expect(caps.take('192.0.2.9')).toMatchObject({ status: 503 });
  caps.release('192.0.2.1');
  expect(caps.take('192.0.2.9')).toBeNull();
});

describe('what counts as one address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is %s', (address, network) => expect(networkOf(address)).toBe(network));
});
