// The bell: no ring is lost between registering and waiting, and nobody waits who was told to stop.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Bell, type Waiter } from '../../src/feed/bell.ts';

const idle = new AbortController().signal;

/** Whether `next` resolves without another ring. Promises settle within a turn of the event loop. */
async function wakes(waiter: Waiter): Promise<boolean> {
  const woken = waiter.next().then(() => true);
  const turn = new Promise<boolean>((resolve) => setImmediate(resolve, false));
  return await Promise.race([woken, turn]);
}

it('a ring before the waiting is remembered, once', async () => {
  const bell = new Bell();
  const waiter = bell.enter(idle);
  bell.ring();
  bell.ring();
  expect(await wakes(waiter)).toBe(true);
  expect(await wakes(waiter)).toBe(false);
  waiter.leave();
});

it('a ring during the waiting wakes everybody, once', async () => {
  const bell = new Bell();
  const waiters = [bell.enter(idle), bell.enter(idle), bell.enter(idle)];
  const woken = waiters.map((waiter) => waiter.next());
  bell.ring();
  await Promise.all(woken);
  expect(await Promise.all(waiters.map(wakes))).toEqual([false, false, false]);
});

it('nobody hears a ring from before he came, or after he left', async () => {
  const bell = new Bell();
  bell.ring();
  const late = bell.enter(idle);
  expect(await wakes(late)).toBe(false);
  const gone = bell.enter(idle);
  gone.leave();
  bell.ring();
  expect(await wakes(gone)).toBe(false);
});

it('a nudge wakes its own waiter only', async () => {
  const bell = new Bell();
  const [one, other] = [bell.enter(idle), bell.enter(idle)];
  one.nudge();
  expect([await wakes(one), await wakes(other)]).toEqual([true, false]);
});

it('an abort wakes whoever waits, and whoever comes to wait after it', async () => {
  const bell = new Bell();
  const ending = new AbortController();
  const waiter = bell.enter(ending.signal);
  const woken = waiter.next();
  ending.abort();
  await woken;
  expect([await wakes(waiter), await wakes(waiter), await wakes(bell.enter(ending.signal))]).toEqual([
    true,
    true,
    true,
  ]);
});

it('counts who has entered and not left', () => {
  const bell = new Bell();
  const waiters = [bell.enter(idle), bell.enter(idle)];
  expect(bell.waiting).toBe(2);
  for (const waiter of waiters) waiter.leave();
  waiters[0]?.leave();
  expect(bell.waiting).toBe(0);
});

it('whoever registers first and reads then sees everything, however rings and reads fall', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 15 }), async (scheduler, count) => {
      const bell = new Bell();
      let written = 0;
      const writer = scheduler.scheduleSequence(
        Array.from({ length: count }, (_, at) => ({
          label: `write ${at}`,
          builder: () => {
            written += 1;
            bell.ring();
            return Promise.resolve();
          },
        })),
      );
      const waiter = bell.enter(idle);
      const reader = (async () => {
        for (let read = 0; read < count;) {
          read = await scheduler.schedule(Promise.resolve(written), 'read');
          if (read < count) await waiter.next();
        }
      })();
      await scheduler.waitAll();
      await writer.task;
      // A lost ring would leave the reader waiting for ever.
      await scheduler.waitFor(reader);
      expect(written).toBe(count);
    }),
  );
});
