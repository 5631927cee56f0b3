// docs/performance.md, whole, from results: nothing in it is written by hand.
import type { Curve } from '../bench.ts';
import type { Machine } from '../machine.ts';
import type { Result } from '../result.ts';
import { HEADINGS, cautionsOf, cellsOf } from './cells.ts';
import { drawTable } from './markdown-table.ts';

const INTRODUCTION = `# Performance

<!-- Written by \`npm run bench -- --write-docs\`; edits are lost. -->

Client, server and PostgreSQL share one machine. Every figure is a median of rounds, with the worst and the best round
in brackets, and stands beside a baseline of the same run on the same PostgreSQL: the two take turns, and the ratio is
taken inside each round. Durability is on throughout. How each is measured is said in \`bench/\`, at the top of each file.
Absolute numbers are this machine's; the ratios are what to compare. \`npm run bench\` measures yours.`;

function drawMachine({ cpu, cores, memoryGiB, system, node, postgresql, settings }: Machine): string {
  const set = Object.entries(settings).map(([name, value]) => `\`${name} = ${value}\``);
  return [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB of memory, ${system}; Node ${node}, PostgreSQL ${postgresql}`,
    `(${set.join(', ')}).`,
  ].join('\n');
}

const drawImage = ({ id, title }: Curve): string => `![${title}](performance/${id}.svg)`;

function drawResult(result: Result): string {
  const { title, figures, curves, notes, measuredAt } = result;
  return [
    `## ${title}`,
    ...(figures.length === 0 ? [] : [drawTable([HEADINGS, ...figures.map(cellsOf)])]),
    ...curves.map(drawImage),
    [...notes, ...cautionsOf(result), `Measured on ${measuredAt.slice(0, 10)}.`].map((note) => `- ${note}`).join('\n'),
  ].join('\n\n');
}

/** Results are grouped by machine; usually there is one. */
function drawMachines(results: readonly Result[]): string {
  const byMachine = Map.groupBy(results, ({ machine }) => drawMachine(machine));
  const lines = [...byMachine].map(([machine, its]) =>
    byMachine.size === 1 ? machine : `${its.map(({ bench }) => bench).join(', ')}: ${machine}`,
  );
  return ['## The machine', ...lines].join('\n\n');
}

export function drawDocument(results: readonly Result[]): string {
  return `${[INTRODUCTION, drawMachines(results), ...results.map(drawResult)].join('\n\n')}\n`;
}
