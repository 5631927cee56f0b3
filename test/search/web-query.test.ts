// Queries as people type them, and as others do.
import { describe, expect, it } from 'vitest';
import { parseWebQuery, printWebQuery, queryFault } from '../../src/search/web-query.ts';

describe('a query is read as', () => {
  it.each([
    ['annual report', '"annual" "report"'],
    ['"annual report" -draft', '"annual report" -"draft"'],
    ['cats or dogs OR fish', '"cats" or "dogs" or "fish"'],
    ['-"first draft" plan', '"plan" -"first draft"'],
    ['Quarterly_Report-2026.pdf', '"quarterly report 2026 pdf"'],
    ['"not closed', '"not closed"'],
    ['a"b"c', '"a" "b" "c"'],
    ['or or x or', '"x"'],
    ['"or" -- - "" x', '"or" "x"'],
    ["it's & (x | !y) <-> z:*", '"it s" "x" "y" "z"'],
    ['Größe', '"grosse"'],
    ['plan or -draft', '"plan"'],
  ])('%j: %j', (typed, read) => {
    expect(printWebQuery(parseWebQuery(typed))).toBe(read);
    expect(queryFault(typed)).toBeNull();
  });
});

describe('a query is refused', () => {
  it.each(['', '   ', '-draft', '""', '"""', '!?&|', 'or', '- or -', '😀'])(
    'without a word to look for: %j',
    (typed) => {
      expect(queryFault(typed)).toBe('query must have a word to look for.');
    },
  );

  it.each(['a\0b', 'a\ud800'])('that no database can read: %j', (typed) => {
    expect(queryFault(typed)).toBe('query must be well-formed Unicode without NUL.');
  });

  it('of more than 1,024 characters, and not one of as many', () => {
    expect(queryFault('😀'.repeat(1_022) + ' a')).toBeNull();
    expect(queryFault('a'.repeat(1_025))).toBe('query must be at most 1024 characters long.');
    expect(queryFault('a or '.repeat(10_000))).toBe('query must be at most 1024 characters long.');
  });
});
