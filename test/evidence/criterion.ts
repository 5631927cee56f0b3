// The runner: a criterion examines a candidate and either says what it saw or throws what was wrong.
import type { CandidateName } from './candidates.ts';

export type Verdict = 'PASS' | 'FAIL';

/** What is expected of each column. Written down before the run, so that a run can be wrong. */
export type Expected<Column extends string> = Readonly<Record<Column, Verdict>>;

export const ALL_PASS: Expected<CandidateName> = { XState: 'PASS', table: 'PASS', robot3: 'PASS' };

export interface Cell {
  readonly verdict: Verdict;
  readonly expected: Verdict;
  /** What was seen, with its numbers: one line. */
  readonly evidence: string;
  /** A FAIL that was found on purpose: with any other error it is not known what failed. */
  readonly explained: boolean;
}

/** Says what a candidate does instead of what it should. */
export class Lack extends Error {}

export interface Row<Column extends string = string> {
  readonly label: string;
  readonly title: string;
  readonly cells: ReadonlyMap<Column, Cell>;
}

const LONGEST = 300;

const oneLine = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
};

export async function judge(expected: Verdict, examine: () => string | Promise<string>): Promise<Cell> {
  try {
    return { verdict: 'PASS', expected, evidence: oneLine(await examine()), explained: true };
  } catch (error) {
    const evidence = oneLine(error instanceof Error ? error.message : String(error));
    return { verdict: 'FAIL', expected, evidence, explained: error instanceof Lack };
  }
}

function tell(rows: readonly Row[], matches: (cell: Cell) => boolean): string[] {
  return rows.flatMap(({ label, title, cells }) =>
    [...cells]
      .filter(([, cell]) => matches(cell))
      .map(([column, { verdict, evidence }]) => `${label} ${title}: ${column} is ${verdict}: ${evidence}`),
  );
}

/** What must not be: an expected PASS that is none, and a FAIL for another reason than the declared one. */
export const failuresOf = (rows: readonly Row[]): string[] =>
  tell(rows, ({ verdict, expected, explained }) => verdict === 'FAIL' && (expected === 'PASS' || !explained));

/** What is better than declared: the declaration, and the prose that rests on it, are out of date. */
export const improvementsOf = (rows: readonly Row[]): string[] =>
  tell(rows, ({ verdict, expected }) => verdict === 'PASS' && expected === 'FAIL');
