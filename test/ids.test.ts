// Ids: of the right version, unlike each other, and in the order they were made, whatever the clock does.
import { expect, it } from 'vitest';
import { version } from 'uuid';
import { createNewId } from '../src/ids.ts';

const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

it('100,000 ids are UUIDv7 of now, each once and in order', () => {
  const newId = createNewId();
  const before = Date.now();
  const ids = Array.from({ length: 100_000 }, newId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids.map(version))).toEqual(new Set([7]));
  expect(timeOf(ids[0]!)).toBeGreaterThanOrEqual(before);
  expect(timeOf(ids.at(-1)!)).toBeLessThanOrEqual(Date.now());
});

it('a clock that goes back or stands still does not change the order', () => {
  const times = [1_000, 1_000, 999, 1, 1_000, 1_001, 500, 1_002].values();
  const newId = createNewId(() => times.next().value!);
  const ids = Array.from({ length: 8 }, newId);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.map(timeOf)).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 1_001, 1_001, 1_002]);
});

it('two makers in one process do not make the same', () => {
  const [one, other] = [createNewId(() => 5), createNewId(() => 5)];
  const ids = Array.from({ length: 10_000 }, (_, at) => (at % 2 === 0 ? one() : other()));
  expect(new Set(ids).size).toBe(ids.length);
});
