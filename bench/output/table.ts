// A report in the terminal: the figures as an aligned table, then the notes.
import type { Result } from '../result.ts';
import { HEADINGS, cautionsOf, cellsOf } from './cells.ts';

function align(rows: readonly (readonly string[])[]): string {
  const widths = HEADINGS.map((_heading, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ');
  return rows.map((row) => `  ${line(row)}`.trimEnd()).join('\n');
}

export function drawResult(result: Result): string {
  const { figures, notes } = result;
  const table = figures.length === 0 ? [] : [align([HEADINGS, ...figures.map(cellsOf)])];
  return [...table, ...[...notes, ...cautionsOf(result)].map((note) => `  ${note}`)].join('\n');
}
