// The delimiter and the number of columns of a CSV text, from its first lines.

export interface CsvShape {
  readonly delimiter: ',' | ';' | '\t' | '|';
  readonly columns: number;
}

const DELIMITERS = [',', ';', '\t', '|'] as const;
const LINES = 20;

/**
 * @param complete whether the text ends here; otherwise its last line is left out
 * @returns null unless every line has the same number of columns, two or more
 */
export function csvShape(text: string, complete: boolean): CsvShape | null {
  const lines = text.split(/\r\n|\r|\n/, LINES + 1);
  if (!complete || lines.length > LINES || lines.at(-1) === '') lines.pop();
  const rows = lines.filter((line) => line !== '');
  const shapes = DELIMITERS.map((delimiter) => shapeBy(delimiter, rows));
  return shapes.find((shape) => shape !== null) ?? null;
}

/** Quoted fields count as one. Lines inside of quotes make a file ragged, and it is then not told from prose. */
function shapeBy(delimiter: CsvShape['delimiter'], rows: readonly string[]): CsvShape | null {
  const counts = rows.map((row) => row.replaceAll(/"(?:[^"]|"")*"/g, '').split(delimiter).length);
  const [columns = 0] = counts;
  return columns > 1 && counts.every((count) => count === columns) ? { delimiter, columns } : null;
}
