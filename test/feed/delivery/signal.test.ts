// Signal: a raise is never lost between a loop's waking and its waiting.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Signal } from '../../../src/feed/delivery/signal.ts';

/** Whether `next` resolves without another raise. Promises settle within a turn of the event loop. */
async function wakes(signal: Signal): Promise<boolean> {
  const woken = signal.next().then(() => true);
  const turn = new Promise<boolean>((resolve) => setImmediate(resolve, false));
  return await Promise.race([woken, turn]);
}

it('remembers a raise from before the wait, once', async () => {
  const signal = new Signal();
  signal.raise();
  signal.raise();
  expect(await wakes(signal)).toBe(true);
  expect(await wakes(signal)).toBe(false);
});

it('wakes a loop that waits, once', async () => {
  const signal = new Signal();
  const woken = signal.next();
  signal.raise();
  await woken;
  expect(await wakes(signal)).toBe(false);
});

it('lets a loop that reads after it wakes see everything, in whatever order raises and reads fall', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 15 }), async (scheduler, count) => {
      const signal = new Signal();
      let written = 0;
      const writer = scheduler.scheduleSequence(
        Array.from({ length: count }, (_, at) => ({
          label: `write ${at}`,
          builder: () => {
            written += 1;
            signal.raise();
            return Promise.resolve();
          },
        })),
      );
      const reader = (async () => {
        for (let read = 0; read < count;) {
          await signal.next();
          read = await scheduler.schedule(Promise.resolve(written), 'read');
        }
      })();
      await scheduler.waitAll();
      await writer.task;
      // A lost raise would leave the reader waiting for ever.
      await scheduler.waitFor(reader);
      expect(written).toBe(count);
    }),
  );
});
