// Whose requests begin while others hold theirs.
import { describe, expect, it } from 'vitest';
import { RequestTurns } from '../../src/webhooks/sending/request-turns.ts';

const PER_TENANT = 64;
const IN_ALL = 256;

interface Held {
  /** How many have begun. */
  begun: number;
  readonly end: () => void;
}

/** Takes turns that last until they are ended, and lets those begin that may. */
async function hold(turns: RequestTurns, tenant: string, isFirst: boolean, count: number): Promise<Held> {
  const over = Promise.withResolvers<void>();
  const held = { begun: 0, end: over.resolve };
  for (let at = 0; at < count; at += 1) {
    void turns.take(tenant, isFirst, () => {
      held.begun += 1;
      return over.promise;
    });
  }
  await new Promise(setImmediate);
  return held;
}

describe('requests', () => {
  it('of one tenant are bounded, and not in the way of another', async () => {
    const turns = new RequestTurns();
    expect((await hold(turns, 'a', false, 1_000)).begun).toBe(PER_TENANT);
    expect((await hold(turns, 'b', false, 8)).begun).toBe(8);
  });

  it('of all tenants together are bounded, and each webhook has one nevertheless', async () => {
    const turns = new RequestTurns();
    const all = [];
    for (const tenant of ['a', 'b', 'c', 'd', 'e']) all.push(await hold(turns, tenant, false, 100));
    expect(all.reduce((sum, { begun }) => sum + begun, 0)).toBe(IN_ALL);
    for (const tenant of ['a', 'e', 'f']) expect((await hold(turns, tenant, true, 20)).begun).toBe(20);
    const last = await hold(turns, 'f', false, 8);
    expect(last.begun).toBe(0);
    for (const held of all) held.end();
    await new Promise(setImmediate);
    expect(last.begun).toBe(8);
  });
});
