// Formatting and parsing of quantities.
import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatClock,
  formatDuration,
  formatRate,
  formatTime,
  parseBytes,
  percentOf,
} from '../../cli/output/units.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;

it.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [KIB, '1.0 KiB'],
  [9.94 * KIB, '9.9 KiB'],
  [9.96 * KIB, '10 KiB'],
  [1_023.6 * KIB, '1.0 MiB'],
  [50 * 1_024 * MIB, '50 GiB'],
  [Number.MAX_SAFE_INTEGER, '8.0 PiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
  expect(formatRate(bytes)).toBe(`${text}/s`);
});

it('no size is wider than its column', () => {
  for (let bytes = 1; bytes < Number.MAX_SAFE_INTEGER; bytes *= 1.01) {
    expect(formatBytes(bytes).length).toBeLessThanOrEqual('1023 MiB'.length);
  }
});

it.each([
  ['1', 1],
  ['1000', 1_000],
  ['8MiB', 8 * MIB],
  ['8 mib', 8 * MIB],
  ['512KiB', 512 * KIB],
  ['1GiB', 1_024 * MIB],
  ['0', null],
  ['-1', null],
  ['1.5MiB', null],
  ['1MB', null],
  ['MiB', null],
  ['', null],
  ['99999999999GiB', null],
])('%j is %s bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

it.each([
  [0, '0 ms'],
  [0.04, '40 ms'],
  [0.9999, '1 s'],
  [2.54, '2.5 s'],
  [9.99, '10 s'],
  [59.4, '59 s'],
  [59.6, '1:00'],
  [187, '3:07'],
  [3_723, '1:02:03'],
  [86_399.7, '1 d 0 h'],
  [187_200, '2 d 4 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

describe('points in time', () => {
  const now = Date.parse('2026-11-24T12:00:00.000Z');

  it.each([
    ['2026-11-24T12:00:05.000Z', '0 s'],
    ['2026-11-24T11:59:30.000Z', '30 s'],
    ['2026-11-24T11:48:00.000Z', '12 min'],
    ['2026-11-24T07:00:00.000Z', '5 h'],
    ['2026-11-15T12:00:00.000Z', '9 d'],
  ])('%s is %s ago', (since, age) => {
    expect(formatAge(since, now)).toBe(age);
  });

  it('are shown in local time', () => {
    const local = new Date(2026, 0, 2, 3, 4, 5, 6).toISOString();
    expect(formatTime(local)).toBe('2026-01-02 03:04:05');
    expect(formatClock(local)).toBe('03:04:05.006');
  });
});

it('percentOf is 100 only when complete', () => {
  expect([percentOf(0, 3), percentOf(1, 3), percentOf(999_999, 1_000_000), percentOf(3, 3), percentOf(0, 0)]).toEqual([
    0, 33, 99, 100, 100,
  ]);
});
