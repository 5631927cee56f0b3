// A discarded segment that the store does not remove holds up no other, and is tried less and less often.
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { DiscardedSegments } from '../../src/uploads/discarded-segments.ts';

const idOf = (index: number): string => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`;

test('a segment that cannot be removed is skipped, waits, and goes once it can', async () => {
  const left = new Set(Array.from({ length: 250 }, (_, index) => idOf(index)));
  const stuck = new Set([idOf(0), idOf(120)]);
  const asked: string[] = [];
  let now = 0;
  const rows = {
    findDiscarded: async (limit: number, after: string | null) =>
      await Promise.resolve([...left].filter((id) => after === null || id > after).slice(0, limit)),
    deleteDiscarded: async (ids: readonly string[]) => {
      for (const id of ids) left.delete(id);
      await Promise.resolve();
    },
  };
  const store = {
    removeSegment: async (id: string) => {
      asked.push(id);
      if (stuck.has(id)) throw new Error('AccessDenied');
      await Promise.resolve();
    },
  };
  const segments = new DiscardedSegments(rows, store, pino({ level: 'silent' }), () => now);
  const { signal } = new AbortController();
  await segments.removeAll(signal);
  expect([...left], 'all others are gone in one round').toEqual([idOf(0), idOf(120)]);
  expect(segments.refused).toBe(2);
  asked.length = 0;
  await segments.removeAll(signal);
  expect(asked, 'not yet').toEqual([]);
  now += 10_000;
  await segments.removeAll(signal);
  expect(asked).toEqual([idOf(0), idOf(120)]);
  now += 10_000;
  await segments.removeAll(signal);
  expect(asked, 'the wait has doubled').toHaveLength(2);
  stuck.clear();
  now += 10_000;
  await segments.removeAll(signal);
  expect([left.size, segments.refused]).toEqual([0, 0]);
});
