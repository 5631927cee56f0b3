// `npm run evidence`: tries every lifecycle engine, rewrites the tables of docs/approach-selection.md and exits 1 if
// something is not as declared. WAYBILL_EVIDENCE_SEED repeats a run; `--page`, `--events` and `--rounds` set which page is
// rewritten and how long the run takes.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { EmbeddedServer } from '../src/db/embedded/start.ts';
import { drawTables, rewrite } from './document.ts';
import { gatherEvidence } from './evidence.ts';
import { type Cell, failuresOf, improvementsOf } from './verdict.ts';

const PAGE = fileURLToPath(new URL('../docs/approach-selection.md', import.meta.url));

const { values } = parseArgs({
  options: {
    page: { type: 'string', default: PAGE },
    events: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '15' },
  },
});

const seed = Number(process.env.WAYBILL_EVIDENCE_SEED ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isSafeInteger(seed)) throw new TypeError('WAYBILL_EVIDENCE_SEED must be an integer');

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function onCell(column: string, title: string, { verdict, expected, evidence }: Cell): void {
  const remark = verdict === expected ? '' : ` (expected ${expected})`;
  print(`${verdict}${remark}  ${column.padEnd(6)}  ${title}\n      ${evidence}`);
}

/** An interrupted run stops its server and removes its data. */
function stopOnSignal(server: EmbeddedServer): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.stop().finally(() => process.exit(1)));
  }
}

print(`seed ${seed}: WAYBILL_EVIDENCE_SEED=${seed} repeats it`);
const page = await readFile(values.page, 'utf8');
const evidence = await gatherEvidence({
  seed,
  events: Number(values.events),
  rounds: Number(values.rounds),
  onServer: stopOnSignal,
  onCell,
});
const tables = drawTables(evidence);
await writeFile(values.page, rewrite(page, tables));

const rows = [...evidence.criteria, ...evidence.questions];
const failures = failuresOf(rows);
for (const line of improvementsOf(rows)) print(`better than declared: ${line}`);
for (const line of failures) print(`NOT AS EXPECTED: ${line}`);
print(`\n${tables.slice(tables.indexOf('### Speed'))}`);
print(`\n${rows.length} rows, ${failures.length} failures; written to ${values.page}`);
process.exitCode = failures.length === 0 ? 0 : 1;
