// What lives long ends with its right: by the clock, by revocation, once, and not before.
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LiveRights } from '../../src/auth/rights.ts';
import { until } from '../support/until.ts';

const ANN = { subject: 'ann', tenant: 'red', roles: ['viewer'] as const };

let now: number;
let revoked: string[];
let asked: (readonly string[])[];
let rights: LiveRights;
beforeEach(() => {
  now = 1_000_000;
  revoked = [];
  asked = [];
  rights = new LiveRights({
    clock: { now: () => now },
    findEndedKeys: (ids) => {
      asked.push(ids);
      return Promise.resolve(ids.filter((id) => revoked.includes(id)));
    },
    log: pino({ level: 'silent' }),
  });
});
afterEach(() => rights.stop());

/** Counts how often it was ended. */
function watch(principal: Parameters<LiveRights['watch']>[0]) {
  const seen = { ends: 0 };
  return { seen, ...rights.watch(principal, () => (seen.ends += 1)) };
}

const ends = (...watches: { seen: { ends: number } }[]): number[] => watches.map(({ seen }) => seen.ends);

it('an expiry ends it, once, and not what has expired later or never', async () => {
  const [soon, later, never] = [
    watch({ ...ANN, expiresAt: now + 10 }),
    watch({ ...ANN, expiresAt: now + 20 }),
    watch(ANN),
  ];
  expect(rights.size).toBe(2);
  now += 15;
  await until(
    () => ends(soon, later, never),
    ([first]) => first === 1,
  );
  expect(ends(soon, later, never)).toEqual([1, 0, 0]);
  now += 10;
  await until(
    () => ends(soon, later, never),
    ([, second]) => second === 1,
  );
  expect(ends(soon, later, never)).toEqual([1, 1, 0]);
  expect(rights.size).toBe(0);
});

it('what began in the tolerance after the expiry ends with the tolerance', async () => {
  const late = watch({ ...ANN, expiresAt: now - 10_000 });
  const other = watch({ ...ANN, expiresAt: now + 1 });
  now += 10_000;
  await until(
    () => ends(other),
    ([end]) => end === 1,
  );
  expect(ends(late)).toEqual([0]);
  now += 11_000;
  await until(
    () => ends(late),
    ([end]) => end === 1,
  );
});

it('a revoked key ends all that lives with it, and each key is asked about once a round', async () => {
  const [one, two, other] = [
    watch({ ...ANN, keyId: 'k1' }),
    watch({ ...ANN, keyId: 'k1' }),
    watch({ ...ANN, keyId: 'k2' }),
  ];
  revoked = ['k1'];
  await until(
    () => ends(one, two),
    (all) => all.every((end) => end === 1),
  );
  expect(ends(other)).toEqual([0]);
  expect(asked[0]).toEqual(['k1', 'k2']);
  await until(
    () => asked.at(-1),
    (ids) => ids?.length === 1,
  );
  expect(asked.at(-1)).toEqual(['k2']);
});

it('a fresh right goes on, and what is over by itself is not ended', async () => {
  const [renewed, released, old] = [1, 2, 3].map(() => watch({ ...ANN, expiresAt: now + 10 }));
  renewed!.renew({ ...ANN, expiresAt: now + 1_000 });
  released!.release();
  now += 100;
  await until(
    () => ends(old!),
    ([end]) => end === 1,
  );
  expect(ends(renewed!, released!)).toEqual([0, 0]);
  const { signal } = rights.signalOf({ ...ANN, expiresAt: now + 1 });
  expect(signal.aborted).toBe(false);
  now += 10;
  await until(
    () => signal.aborted,
    (aborted) => aborted,
  );
  expect(signal.reason).toMatchObject({ code: 'UNAUTHENTICATED' });
});
