// Text on a terminal: width, cutting, padding, and control characters.
import { describe, expect, it } from 'vitest';
import { drawTable } from '../../cli/output/table.ts';
import { clean, cutEnd, cutStart, padEnd, padStart, widthOf } from '../../cli/output/text.ts';

describe('widthOf', () => {
  it.each([
    ['', 0],
    ['abc.txt', 7],
    ['写真', 4],
    ['한글', 4],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['❤️', 2],
    ['Ünï', 3],
    ['\u001b[31mred\u001b[39m', 3],
  ])('%j is %i wide', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });
});

describe('cutting and padding', () => {
  const texts = ['photos/2024/holiday.jpg', '写真/日本語の名前.png', 'a👩‍👩‍👧b👩‍👩‍👧c', 'é'.repeat(30), 'x'];

  it.each(texts)('never exceeds its column: %s', (text) => {
    for (let width = 1; width < 30; width += 1) {
      for (const cut of [cutEnd, cutStart]) {
        const shown = cut(text, width);
        expect(widthOf(shown)).toBeLessThanOrEqual(width);
        expect(shown === text || shown.includes('…')).toBe(true);
        expect(widthOf(padEnd(shown, width))).toBe(width);
        expect(widthOf(padStart(shown, width))).toBe(width);
      }
    }
  });

  it('keeps the end of a path and the beginning of a sentence', () => {
    expect(cutStart('photos/2024/holiday.jpg', 12)).toBe('…holiday.jpg');
    expect(cutEnd('The server is away', 11)).toBe('The server…');
  });
});

it('clean removes control characters and bidirectional overrides', () => {
  const hostile = 'a\u001b]0;title\u0007b\r\nc\u009b31md\u202ee\u2066f\u007f';
  expect(clean(hostile)).toBe('a�]0;title�b��c�31md�e�f�');
  expect(clean('写真 ünï 👩‍👩‍👧')).toBe('写真 ünï 👩‍👩‍👧');
});

it('drawTable aligns columns of any script, without trailing spaces', () => {
  const columns = [{ title: 'NAME' }, { title: 'SIZE', alignment: 'right' }, { title: 'X' }] as const;
  const rows = [
    ['写真', '1', 'x'],
    ['a.txt', '1000', ''],
  ];
  const format = { columns: 80, colours: false };
  expect(drawTable(columns, rows, format, { heading: true })).toEqual([
    'NAME   SIZE  X',
    '写真      1  x',
    'a.txt  1000',
  ]);
  expect(drawTable(columns, rows, format, { heading: false })).toEqual(['写真      1  x', 'a.txt  1000']);
});
