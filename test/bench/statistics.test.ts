// The arithmetic of the benchmarks: medians, spread, ratios by rounds, turns, and what is held against a bar.
import { describe, expect, test } from 'vitest';
import { judge } from '../../bench/bench.ts';
import { atLeast, atMost, figureOf } from '../../bench/measure/figure.ts';
import { Quiet } from '../../bench/measure/quiet.ts';
import { takeTurns } from '../../bench/measure/rounds.ts';
import { quantile, summarise, summariseRatio } from '../../bench/measure/statistics.ts';
import { cellsOf } from '../../bench/output/cells.ts';
import { tell, tellShort } from '../../bench/output/numbers.ts';

describe('a quantile', () => {
  test('is a sample where one lies there, and between two otherwise', () => {
    expect(quantile([30, 10, 20], 0.5)).toBe(20);
    expect(quantile([40, 10, 20, 30], 0.5)).toBe(25);
    expect(quantile([10, 20], 0.99)).toBeCloseTo(19.9);
    expect(
      quantile(
        Float64Array.from({ length: 101 }, (_, at) => 100 - at),
        0.99,
      ),
    ).toBe(99);
    expect(quantile([7], 0.01)).toBe(7);
    expect(() => quantile([], 0.5)).toThrow('no samples');
  });

  test('sorts numbers as numbers and leaves its samples alone', () => {
    const samples = [100, 9, 20];
    expect(quantile(samples, 0.5)).toBe(20);
    expect(samples).toEqual([100, 9, 20]);
  });
});

describe('a summary', () => {
  test('is not moved by one bad round, and shows it', () => {
    expect(summarise([100, 102, 3, 101, 99])).toMatchObject({ median: 100, min: 3, max: 102 });
  });

  test('of a ratio is taken inside each round', () => {
    // The machine was half as fast in the second and third round, for both.
    expect(summariseRatio([50, 25, 25], [100, 50, 50])).toMatchObject({ median: 0.5, min: 0.5, max: 0.5 });
    expect(() => summariseRatio([1], [1, 2])).toThrow('both sides');
  });
});

test('turns alternate, every other round backwards, and the first of each is not counted', async () => {
  const order: string[] = [];
  const turn = (name: string) => async () => {
    order.push(name);
    return order.length;
  };
  const samples = await takeTurns({ rounds: 2, quiet: new Quiet(0) }, { a: turn('a'), b: turn('b') });
  expect(order.join('')).toBe('abbaab');
  expect(samples).toEqual({ a: [4, 5], b: [3, 6] });
});

describe('a verdict', () => {
  const figure = (subject: number, target?: ReturnType<typeof atLeast>) =>
    figureOf({
      what: 'it',
      unit: 'per s',
      subject: [subject],
      baseline: { name: 'other', samples: [100] },
      ...(target === undefined ? {} : { target }),
    });

  test('holds the ratio against bar and aim', () => {
    expect([54, 55, 99, 100].map((rate) => judge(figure(rate, atLeast(0.55, 1))))).toEqual([
      'below',
      'bar',
      'bar',
      'aim',
    ]);
    expect(judge(figure(1_000))).toBeNull();
    expect(judge(figure(1_000, atLeast(0.7, null)))).toBe('bar');
  });

  test('or the subject itself, where less is better', () => {
    expect([5, 15, 16].map((ms) => judge(figure(ms, atMost(15, 5))))).toEqual(['aim', 'bar', 'below']);
    expect(cellsOf(figure(16, atMost(15, 5))).at(-1)).toBe('above the bar');
  });
});

test('numbers are told with three digits', () => {
  expect([8578.4, 0.55123, 12.345, 1_234_567, 0, 0.0004].map(tell)).toEqual([
    '8,580',
    '0.551',
    '12.3',
    '1,230,000',
    '0',
    '0.0004',
  ]);
  expect([5_000_000, 20_000, 150, 0.5].map(tellShort)).toEqual(['5M', '20k', '150', '0.5']);
});
