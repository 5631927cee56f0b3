// Where a message goes is decided by the addresses that a name has when the connection is made, each time anew.
import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { urlFault } from '../../src/webhooks/address.ts';
import { type Outcome, Poster } from '../../src/webhooks/post.ts';
import { type Receiver, answerStatus, startReceiver } from '../support/webhook-receiver.ts';

const REFUSED = 'the address is one that this service does not send to';
/** The receiver listens there. */
const ALLOWED = '127.0.0.1';

let receiver: Receiver;
const posters: Poster[] = [];
beforeEach(async () => {
  // Each message needs a connection of its own, and so a look-up.
  receiver = await startReceiver(answerStatus(204, { connection: 'close' }));
});
afterEach(async () => {
  for (const poster of posters.splice(0)) poster.close();
  await receiver.close();
});

function listOf(address: string): BlockList {
  const allow = new BlockList();
  allow.addAddress(address);
  return allow;
}

/** Sends as many messages to a name as there are answers to its look-ups. */
async function send(answers: readonly (readonly string[])[]): Promise<Outcome[]> {
  const { port } = new URL(receiver.url);
  const left = [...answers];
  const poster = new Poster({
    url: `http://receiver.example:${port}/hook`,
    allow: listOf(ALLOWED),
    timeoutMs: 60_000,
    connections: 1,
    resolve: (_hostname, _options, callback) =>
      callback(
        null,
        left.shift()!.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
  });
  posters.push(poster);
  const outcomes = [];
  for (const _ of answers) outcomes.push(await poster.post({ 'webhook-id': 'a' }, '{}'));
  expect(left).toEqual([]);
  return outcomes;
}

describe('a name that leads', () => {
  it.each(['127.0.0.2', '10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.2', 'fd00::1', '64:ff9b::7f00:1'])(
    'to %s at its second look-up only is not sent to then',
    async (address) => {
      const outcomes = await send([[ALLOWED], [address], [ALLOWED]]);
      expect(outcomes).toEqual([
        { isDelivered: true, status: 204 },
        { isDelivered: false, status: null, error: REFUSED, retryAfterMs: null },
        { isDelivered: true, status: 204 },
      ]);
      expect(receiver.received).toHaveLength(2);
    },
  );

  it('to a private address beside another is not sent to at all', async () => {
    for (const answer of [
      [ALLOWED, '10.0.0.1'],
      ['10.0.0.1', ALLOWED],
    ]) {
      expect(await send([answer])).toMatchObject([{ isDelivered: false, error: REFUSED }]);
    }
    expect(receiver.received).toEqual([]);
  });
});

it('a URL names no address of this machine, public or not', () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  expect(own.length).toBeGreaterThan(0);
  for (const { address, family } of own) {
    const host = family === 'IPv6' ? `[${address}]` : address;
    expect(urlFault(`https://${host}/`, new BlockList())).toContain('does not send to');
  }
});
