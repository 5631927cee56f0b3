// The plots of the benchmarks: where values and ticks stand, and that an image is a well-formed one of what it was given.
import { describe, expect, test } from 'vitest';
import type { Curve } from '../../bench/bench.ts';
import { summarise } from '../../bench/measure/statistics.ts';
import { scaleOf } from '../../bench/output/scale.ts';
import { drawCurve } from '../../bench/output/svg-plot.ts';

describe('a linear axis', () => {
  test('begins at 0 and ends at or above the highest value, in steps people can count in', () => {
    const { ticks, place } = scaleOf({ scale: 'linear' }, [812, 4_310]);
    expect(ticks).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000]);
    expect([0, 2_500, 5_000].map(place)).toEqual([0, 0.5, 1]);
    expect(scaleOf({ scale: 'linear' }, [0.9]).ticks.at(-1)).toBeCloseTo(1);
    expect(scaleOf({ scale: 'linear' }, [0]).ticks.at(-1)).toBe(1);
  });
});

describe('a logarithmic axis', () => {
  test('has a line for each power of ten, and equal room for equal factors', () => {
    const { ticks, place } = scaleOf({ scale: 'log' }, [10_000, 5_000_000]);
    expect(ticks).toEqual([1e4, 1e5, 1e6]);
    expect(place(1e4)).toBe(0);
    expect(place(1e6) - place(1e5)).toBeCloseTo(place(1e5) - place(1e4));
    expect(place(5e6)).toBe(1);
  });

  test('has finer lines for a narrow range, and refuses what it has no place for', () => {
    expect(scaleOf({ scale: 'log' }, [3, 150]).ticks).toEqual([2, 5, 10, 20, 50, 100, 200]);
    expect(scaleOf({ scale: 'log' }, [100]).ticks.length).toBeGreaterThan(1);
    expect(() => scaleOf({ scale: 'log' }, [0, 10])).toThrow('no place for 0');
  });
});

describe('an image', () => {
  const curve: Curve = {
    id: 'curve',
    title: 'Less & more <1>',
    x: { label: 'clients', scale: 'log' },
    y: { label: 'transitions/s', scale: 'linear' },
    series: [
      {
        name: 'ours',
        role: 'subject',
        points: [
          { x: 1, y: summarise([90, 100, 110]) },
          { x: 100, y: summarise([400, 500, 450]) },
        ],
      },
      { name: 'theirs', role: 'baseline', points: [{ x: 1, y: summarise([1_000]) }] },
    ],
  };
  const svg = drawCurve(curve);
  const attribute = (pattern: RegExp): string[] => [...svg.matchAll(pattern)].map(([, value]) => value!);

  test('is well-formed, with axes, units, ticks and a legend', () => {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*>[\s\S]*<\/svg>\n$/);
    expect(countOpen(svg)).toEqual([]);
    const words = attribute(/<text[^>]*>([^<]*)<\/text>/g);
    expect(words).toEqual(
      expect.arrayContaining(['Less &amp; more &lt;1&gt;', 'clients', 'transitions/s', 'ours', 'theirs']),
    );
    expect(words).toEqual(expect.arrayContaining(['1', '10', '100', '0', '200', '1k']));
    expect(svg).not.toContain('NaN');
  });

  test('puts twice as much twice as high, and whiskers from the worst round to the best', () => {
    const [low, high] = attribute(/<circle [^>]*cy="([\d.]+)"/g).map(Number);
    const [, bottom] = attribute(/<line [^>]*y1="([\d.]+)"[^>]*stroke="#ddd"/g).map(Number);
    const ground = Math.max(...attribute(/<line [^>]*y2="([\d.]+)"[^>]*stroke="#ddd"/g).map(Number));
    expect(bottom).toBeDefined();
    expect((ground - high!) / (ground - low!)).toBeCloseTo(4.5, 1);
    expect(svg.match(/stroke-opacity/g)).toHaveLength(3);
  });

  test('tells a baseline by its dashes', () => {
    // Its line and its place in the legend.
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(2);
  });
});

/** The elements that are not closed, in the order in which they were opened. */
function countOpen(svg: string): string[] {
  const open: string[] = [];
  for (const [, slash, name, selfClosing] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
    if (slash === '/') expect(open.pop()).toBe(name);
    else if (selfClosing === '') open.push(name!);
  }
  return open;
}
