// Who is let in, and who has to come back: however many ask at once, what they pass stays near the rate.
import { beforeEach, expect, it } from 'vitest';
import { ByteRates, type Passage } from '../../../src/auth/limits/byte-rates.ts';

const KIB = 2 ** 10;

let now = 0;
let refusals = 0;
let rates: ByteRates;
beforeEach(() => {
  now = 0;
  refusals = 0;
  rates = new ByteRates({ perSecond: 64 * KIB, now: () => now, onRefused: () => (refusals += 1) });
});

const admit = (most: number, tenant = 'red'): Passage | number => {
  const answer = rates.admit(tenant, most);
  return 'retryAfterSeconds' in answer ? answer.retryAfterSeconds : answer;
};

it('lets in as many at once as can go on within the longest wait, and of each other one says when', () => {
  const answers = Array.from({ length: 1_000 }, () => admit(Infinity));
  // A second's worth, ten that wait, and the one that makes the next wait too long.
  expect(answers.filter((answer) => typeof answer !== 'number')).toHaveLength(12);
  expect(answers.at(-1)).toBe(11);
  expect(refusals).toBe(988);
  expect(admit(Infinity, 'blue')).not.toBeTypeOf('number');
  now += 1_000;
  expect(admit(Infinity)).not.toBeTypeOf('number');
  expect(admit(Infinity)).toBeTypeOf('number');
});

it('counts no byte twice, and gives back what has not passed', () => {
  for (let round = 0; round < 1_000; round += 1) {
    const passage = admit(Infinity) as Passage;
    passage.count(100);
    passage.end();
    passage.end();
  }
  // 100,000 bytes: half a second beyond the first second's worth. Each further one adds a second.
  const further = Array.from({ length: 100 }, () => admit(Infinity));
  expect(further.filter((answer) => typeof answer !== 'number')).toHaveLength(10);
});

it('counts of a small request what it may have, and of a long one all that passes', () => {
  const small = Array.from({ length: 1_000 }, () => admit(10));
  expect(small.filter((answer) => typeof answer === 'number')).toEqual([]);
  const long = admit(Infinity, 'blue') as Passage;
  long.count(64 * KIB);
  expect(long.refuse()).toBe(null);
  long.count(11 * 64 * KIB);
  expect(long.refuse()).toBe(11);
});
