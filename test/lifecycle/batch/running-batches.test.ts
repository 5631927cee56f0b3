// How old the oldest batch is, and how long one has heard nothing from the database: readiness looks at the latter.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { RunningBatches } from '../../../src/lifecycle/batch/running-batches.ts';

it('tells the age of the oldest batch, whether batches succeed or fail', async () => {
  const batches = new RunningBatches();
  expect(batches.oldestMs).toBe(0);
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const one = batches.run(() => first.promise);
  await sleep(20);
  const two = batches.run(() => second.promise);
  expect(batches.oldestMs).toBeGreaterThan(10);
  first.resolve('done');
  expect(await one).toBe('done');
  expect(batches.oldestMs).toBeGreaterThanOrEqual(0);
  second.reject(new Error('broken'));
  await expect(two).rejects.toThrow('broken');
  expect([batches.oldestMs, batches.unansweredMs]).toEqual([0, 0]);
});

it('tells how long the batch that has waited longest has had no answer', async () => {
  const batches = new RunningBatches();
  const { promise, resolve } = Promise.withResolvers<void>();
  const answers: (() => void)[] = [];
  const wait = (onAnswer: () => void): Promise<void> => (answers.push(onAnswer), promise);
  const both = [batches.run(wait), batches.run(wait)];
  await sleep(50);
  answers[0]!();
  expect(batches.unansweredMs, 'of the other').toBeGreaterThan(40);
  answers[1]!();
  expect(batches.unansweredMs).toBeLessThan(batches.oldestMs - 40);
  resolve();
  await Promise.all(both);
});
