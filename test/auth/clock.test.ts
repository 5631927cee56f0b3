// The time of the database, between one look at its clock and the next.
import { expect, it } from 'vitest';
import { DatabaseClock } from '../../src/auth/clock.ts';

it('is that of the database, whatever this machine says, and goes on steadily', async () => {
  let steady = 1_000;
  let database = 5_000_000;
  let takes = 10;
  const query = (): Promise<unknown> => {
    // It looks at its clock at once, and its answer takes its time.
    const now = String(database);
    steady += takes;
    database += takes;
    return Promise.resolve({ rows: [{ now }] });
  };
  const clock = new DatabaseClock({ query } as never, () => steady);
  expect(Math.abs(clock.now() - Date.now()), 'until it was asked').toBeLessThan(10_000);
  await clock.sync();
  expect(Math.abs(clock.now() - database)).toBeLessThanOrEqual(5);
  steady += 60_000;
  database += 60_000;
  expect(Math.abs(clock.now() - database)).toBeLessThanOrEqual(5);

  takes = 4_000;
  await clock.sync();
  expect(Math.abs(clock.now() - database), 'an answer that took long changes nothing').toBeLessThanOrEqual(5);

  takes = 10;
  database += 300_000;
  await clock.sync();
  expect(Math.abs(clock.now() - database), 'a clock that was set is followed').toBeLessThanOrEqual(5);
});
