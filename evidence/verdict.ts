// A cell of the tables: a check returns what it saw, or throws what was wrong.

export type Verdict = 'PASS' | 'FAIL';

export interface Cell {
  readonly verdict: Verdict;
  /** Declared before the run, so that a run can be wrong. */
  readonly expected: Verdict;
  /** What was seen, with its numbers: one line. */
  readonly evidence: string;
  /** False if the check failed with an error that was not declared. */
  readonly isExplained: boolean;
}

/** Thrown by a check to say what a candidate does instead of what is needed. */
export class Lack extends Error {}

export interface Row {
  readonly label: string;
  readonly title: string;
  /** By candidate, in the order of the columns. */
  readonly cells: ReadonlyMap<string, Cell>;
}

const MAX_LENGTH = 300;

const toLine = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
};

export async function runCheck(expected: Verdict, check: () => string | Promise<string>): Promise<Cell> {
  try {
    return { verdict: 'PASS', expected, evidence: toLine(await check()), isExplained: true };
  } catch (error) {
    const evidence = toLine(error instanceof Error ? error.message : String(error));
    return { verdict: 'FAIL', expected, evidence, isExplained: error instanceof Lack };
  }
}

function listCells(rows: readonly Row[], matches: (cell: Cell) => boolean): string[] {
  return rows.flatMap(({ label, title, cells }) =>
    [...cells]
      .filter(([, cell]) => matches(cell))
      .map(([column, { verdict, evidence }]) => `${label} ${title}: ${column} is ${verdict}: ${evidence}`),
  );
}

/** An expected PASS that is a FAIL, or a FAIL for another reason than the declared one. */
export const failuresOf = (rows: readonly Row[]): string[] =>
  listCells(rows, ({ verdict, expected, isExplained }) => verdict === 'FAIL' && (expected === 'PASS' || !isExplained));

/** A PASS that was declared a FAIL: the declaration, and the prose that rests on it, are out of date. */
export const improvementsOf = (rows: readonly Row[]): string[] =>
  listCells(rows, ({ verdict, expected }) => verdict === 'PASS' && expected === 'FAIL');
