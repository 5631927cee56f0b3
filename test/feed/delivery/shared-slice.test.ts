// Thousands of streams that are behind leave the event loop to others between any two of them.
import { expect, it } from 'vitest';
import { SharedSlice } from '../../../src/feed/delivery/shared-slice.ts';

/** Keeps the event loop until the slice is over. */
function work(slice: SharedSlice): void {
  while (slice.hasTime()) void 0;
}

it('they go on one after the other, in order, with a turn of the event loop in between', async () => {
  const slice = new SharedSlice();
  const order: (number | string)[] = [];
  const streams = Array.from({ length: 5 }, async (_, at) => {
    await slice.next();
    order.push(at);
    work(slice);
  });
  const others = (async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('other');
    }
  })();
  await Promise.all([...streams, others]);
  expect(order.filter((each) => each !== 'other')).toEqual([0, 1, 2, 3, 4]);
  for (const stream of [1, 2, 3, 4]) expect(order[order.indexOf(stream) - 1]).toBe('other');
});

it('where nobody waits, the first has time at once, and whoever joins has what is left of it', async () => {
  const slice = new SharedSlice();
  expect(slice.hasTime()).toBe(true);
  work(slice);
  expect(slice.hasTime()).toBe(false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(slice.hasTime()).toBe(true);
});
