// How many files at once a webhook is sent.
import { expect, it } from 'vitest';
import { MOST_AT_ONCE, Pace } from '../../src/webhooks/sending/pace.ts';

const atOnce = (pace: Pace, now = 0): number => {
  let running = 0;
  while (running < 100 && pace.allows(running, now)) running += 1;
  return running;
};

it('one until the receiver has answered, one more with each success, up to a bound', () => {
  const pace = new Pace(() => 0.5);
  const seen = [];
  for (let successes = 0; successes < 10; successes += 1) {
    seen.push(atOnce(pace));
    pace.noteSuccess();
  }
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, MOST_AT_ONCE, MOST_AT_ONCE, MOST_AT_ONCE]);
});

it('one fewer with each failure, and one at a time with a receiver that does not answer', () => {
  const pace = new Pace(() => 0.5);
  for (let successes = 0; successes < 10; successes += 1) pace.noteSuccess();
  pace.noteFailure(0, true);
  expect(atOnce(pace)).toBe(MOST_AT_ONCE - 1);
  pace.noteFailure(0, false);
  expect(atOnce(pace)).toBe(1);
});

it('none for a while from the sixth failure in a row on, for a minute at most; a success ends the row', () => {
  const pace = new Pace(() => 1 - Number.EPSILON);
  const pauses = [];
  for (let failures = 1; failures <= 14; failures += 1) {
    pace.noteFailure(0, true);
    pauses.push(Math.max(0, Math.round(pace.pausedUntil / 1_000)));
  }
  expect(pauses).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
  expect(atOnce(pace, 59_000)).toBe(0);
  expect(atOnce(pace, 60_001)).toBe(1);
  pace.noteSuccess();
  pace.noteFailure(100_000, true);
  expect(atOnce(pace, 100_000)).toBe(1);
});

it('none as long as it is told to pause, and never shorter than it was told before', () => {
  const pace = new Pace(() => 0.5);
  pace.pause(10_000);
  pace.pause(5_000);
  expect([atOnce(pace, 9_999), atOnce(pace, 10_000)]).toEqual([0, 1]);
});
