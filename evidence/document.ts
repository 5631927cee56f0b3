// Writes what stands between the two markers of docs/approach-selection.md, and nothing else.
import { availableParallelism } from 'node:os';
import { drawTable } from '../bench/output/markdown-table.ts';
import type { Evidence } from './evidence.ts';
import type { Speed } from './speed.ts';
import type { Row } from './verdict.ts';

export const BEGIN = '<!-- evidence: begin. Written by `npm run evidence`; edits are lost. -->';
export const END = '<!-- evidence: end -->';

/** @throws if the page does not have exactly one pair of markers */
export function rewrite(page: string, tables: string): string {
  const [before, middle, ...more] = page.split(BEGIN);
  const [, after, ...others] = (middle ?? '').split(END);
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0) {
    throw new Error(`the page must have one ${BEGIN} and after it one ${END}`);
  }
  return `${before}${BEGIN}\n\n${tables}\n\n${END}${after}`;
}

export function drawTables({ criteria, questions, speed }: Evidence): string {
  return [
    '### The criteria',
    drawMatrix('criterion', criteria),
    '### What was seen',
    ...criteria.map(drawEvidence),
    '### What the libraries give by themselves',
    'A FAIL is what the adapter of the library has to make up for. The table engine is our own code and is not asked.',
    drawMatrix('what is needed', questions),
    ...questions.map(drawEvidence),
    '### Speed',
    `Microseconds a decision, effects included, on ${availableParallelism()} cores: median round (fastest to slowest).`,
    drawSpeed(speed),
  ].join('\n\n');
}

function drawMatrix(heading: string, rows: readonly Row[]): string {
  const columns = [...(rows[0]?.cells.keys() ?? [])];
  const body = rows.map(({ label, title, cells }) => [
    label,
    title,
    ...columns.map((column) => cells.get(column)?.verdict ?? ''),
  ]);
  return drawTable([['', heading, ...columns], ...body]);
}

/** Candidates with the same evidence share a line. */
function drawEvidence({ label, cells }: Row): string {
  const byEvidence = Map.groupBy(cells, ([, { evidence }]) => evidence);
  const lines = [...byEvidence].map(([evidence, same]) => `${same.map(([column]) => column).join(', ')}: ${evidence}.`);
  return lines.length === 1
    ? `**${label}** ${lines[0]}`
    : [`**${label}**`, ...lines.map((line) => `- ${line}`)].join('\n');
}

function drawSpeed(speed: readonly Speed[]): string {
  const draw = ({ median, min, max }: Speed['all']): string =>
    `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;
  const body = speed.map(({ name, moves, all }) => [name, draw(moves), draw(all)]);
  return drawTable([['engine', 'the 8 edges', 'all 40 pairs of state and event'], ...body]);
}
