// --limit-rate and the number of parallel uploads.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { RateLimiter } from '../../cli/upload/rate-limiter.ts';
import { Semaphore } from '../../cli/upload/semaphore.ts';

it('RateLimiter shares one rate among all that take', async () => {
  const limiter = new RateLimiter(100_000);
  const startedAt = performance.now();
  await Promise.all([limiter.take(10_000), limiter.take(10_000), limiter.take(10_000)]);
  // The first goes at once; the third waits for the two before it.
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(195);
  expect(limiter.blockBytes).toBe(25_000);
  expect(new RateLimiter(1).blockBytes).toBe(1);
});

it('Semaphore lets so many run at a time, in order, also after one has failed', async () => {
  const semaphore = new Semaphore(2);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const run = (index: number): Promise<void> =>
    semaphore.run(async () => {
      order.push(index);
      most = Math.max(most, (running += 1));
      await sleep(5);
      running -= 1;
      if (index === 0) throw new Error('one fails');
    });
  const results = await Promise.allSettled([0, 1, 2, 3, 4].map(run));
  expect(results.map(({ status }) => status)).toEqual(['rejected', ...Array<string>(4).fill('fulfilled')]);
  expect({ order, most }).toEqual({ order: [0, 1, 2, 3, 4], most: 2 });
});
