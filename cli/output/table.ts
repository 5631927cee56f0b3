// Aligned columns.
import { padEnd, padStart, widthOf } from './text.ts';
import { type LineFormat, paint } from './screen.ts';

export interface Column {
  readonly title: string;
  readonly alignment?: 'left' | 'right';
}

const GAP = '  ';

/** The lines of a table. The last column is not padded. */
export function drawTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  format: LineFormat,
  { heading }: { readonly heading: boolean },
): string[] {
  const titles = columns.map(({ title }) => title);
  const all = heading ? [titles, ...rows] : rows;
  const widths = columns.map((_column, index) => Math.max(0, ...all.map((row) => widthOf(row[index] ?? ''))));
  const draw = (row: readonly string[]): string =>
    columns
      .map(({ alignment }, index) => (alignment === 'right' ? padStart : padEnd)(row[index] ?? '', widths[index] ?? 0))
      .join(GAP)
      .trimEnd();
  return heading ? [paint(format, 'bold', draw(titles)), ...rows.map(draw)] : rows.map(draw);
}
