// Token buckets on a clock that the test moves.
import { beforeEach, expect, it } from 'vitest';
import { TokenBuckets, toRetryAfter } from '../../../src/auth/limits/token-buckets.ts';

let time: number;
beforeEach(() => {
  time = 1_000_000.3;
});

const now = (): number => time;
const buckets = (perSecond: number, burst = perSecond): TokenBuckets => new TokenBuckets({ perSecond, burst, now });

it('a bucket gives its burst at once, and then as many as come in', () => {
  const ten = buckets(10);
  expect(ten.takeUpTo('a', 7)).toBe(7);
  expect(ten.takeUpTo('a', 7)).toBe(3);
  expect(ten.takeUpTo('a', 1)).toBe(0);
  time += 250;
  expect(ten.takeUpTo('a', 7)).toBe(2);
  time += 60_000;
  expect(ten.takeUpTo('a', 100)).toBe(10);
});

it('keys do not share a bucket', () => {
  const one = buckets(1);
  expect([one.takeUpTo('a', 1), one.takeUpTo('a', 1), one.takeUpTo('b', 1)]).toEqual([1, 0, 1]);
});

it.each([1, 3, 7, 1_000_000])('a rate of %i gives that many a second, however the asking is spread', (perSecond) => {
  const some = buckets(perSecond);
  expect(some.takeUpTo('a', perSecond)).toBe(perSecond);
  let taken = 0;
  for (let step = 0; step < 1_000; step += 1) {
    time += 10;
    taken += some.takeUpTo('a', perSecond);
  }
  expect(taken).toBeGreaterThanOrEqual(10 * perSecond - 1);
  expect(taken).toBeLessThanOrEqual(10 * perSecond);
});

it('says how long to wait, and after that time there is a token', () => {
  const three = buckets(3);
  three.takeUpTo('a', 3);
  const waitMs = three.waitMs('a', 1);
  expect(waitMs).toBeCloseTo(1_000 / 3, 6);
  expect(three.waitMs('a', 3)).toBeCloseTo(1_000, 6);
  expect(toRetryAfter(waitMs)).toBe(1);
  expect([0, 1, 1_000, 1_001, 2_500].map(toRetryAfter)).toEqual([1, 1, 1, 2, 3]);
  time += waitMs;
  expect(three.takeUpTo('a', 2)).toBe(1);
});

it('what is taken beyond what there is has to come in first', () => {
  const ten = buckets(10);
  ten.take('a', 35);
  expect(ten.waitMs('a', 0)).toBeCloseTo(2_500, 6);
  time += 2_500;
  expect([ten.waitMs('a', 0), ten.takeUpTo('a', 1)]).toEqual([0, 0]);
  time += 100;
  expect(ten.takeUpTo('a', 5)).toBe(1);
});

it('a million names take bounded memory, and whoever has taken more than there was is remembered', () => {
  const one = buckets(1);
  for (let name = 0; name < 1_000_000; name += 1) {
    one.takeUpTo(`tenant ${name}`, 1);
    if (name % 10_000 === 0) one.take('busy', 1);
  }
  expect(one.size).toBeLessThanOrEqual(200_000);
  expect(one.takeUpTo('busy', 1)).toBe(0);
});
