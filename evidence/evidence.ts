// The whole run: every candidate against every criterion on one temporary server, the libraries against the questions
// of the engine interface, and the speed of each.
import type { EmbeddedServer } from '../src/db/embedded/start.ts';
import { startTemporary } from '../src/db/embedded/temporary.ts';
import { migrate } from '../src/db/migrate.ts';
import { createOrm } from '../src/db/orm.ts';
import { type Logger, createLogger } from '../src/log.ts';
import { CANDIDATES, type Candidate } from './candidates.ts';
import { CRITERIA, LEAKS } from './criteria.ts';
import { INTERFACE_QUESTIONS } from './library-interface.ts';
import { TROUBLE_QUESTIONS } from './library-trouble.ts';
import { type OpenResources, ResourceCounter, totalOf } from './open-resources.ts';
import { LIBRARIES } from './question.ts';
import { type Speed, measureSpeed } from './speed.ts';
import { Trial } from './trial.ts';
import { type Cell, type Row, runCheck } from './verdict.ts';

export interface Evidence {
  readonly criteria: readonly Row[];
  readonly questions: readonly Row[];
  readonly speed: readonly Speed[];
}

export interface EvidenceOptions {
  readonly seed: number;
  /** Events of each adversarial run. */
  readonly events: number;
  /** Rounds of the speed comparison. */
  readonly rounds: number;
  /** Called with the temporary server, which must be stopped on a signal. */
  readonly onServer: (server: EmbeddedServer) => void;
  /** Called with each cell when it is known. */
  readonly onCell: (column: string, title: string, cell: Cell) => void;
}

export async function gatherEvidence(options: EvidenceOptions): Promise<Evidence> {
  const log = createLogger('warn');
  const server = await startTemporary({ log, prefix: 'waybill-evidence-' });
  options.onServer(server);
  try {
    await migrateDatabase(server.url, log);
    const columns: [name: string, cells: Map<number, Cell>][] = [];
    for (const candidate of CANDIDATES)
      columns.push([candidate.name, await tryCandidate(candidate, server.url, options)]);
    const criteria = [...CRITERIA, LEAKS].toSorted((a, b) => a.number - b.number);
    return {
      criteria: criteria.map(({ number, title }) => ({
        label: String(number),
        title,
        cells: new Map(columns.map(([name, cells]) => [name, cells.get(number)!])),
      })),
      questions: await askLibraries(options),
      speed: await measureSpeed(options.rounds),
    };
  } finally {
    await server.stop();
  }
}

async function migrateDatabase(url: string, log: Logger): Promise<void> {
  const orm = createOrm({ url, name: 'evidence-migration', max: 2 });
  try {
    await migrate(orm, url, log);
  } finally {
    await orm.close();
  }
}

/** @returns the candidate's cells, by the number of the criterion */
async function tryCandidate(
  candidate: Candidate,
  url: string,
  { seed, events, onCell }: EvidenceOptions,
): Promise<Map<number, Cell>> {
  const counter = await ResourceCounter.connect(url);
  const cells = new Map<number, Cell>();
  const before = await counter.count();
  let busiest = before;
  const add = ({ number, title }: typeof LEAKS, cell: Cell): void => {
    cells.set(number, cell);
    onCell(candidate.name, `${number} ${title}`, cell);
  };
  try {
    for (const criterion of CRITERIA) {
      const trial = new Trial(candidate, { url, seed, events });
      add(criterion, await runCheck('PASS', () => criterion.check(trial)));
      const open = await counter.count();
      if (totalOf(open) > totalOf(busiest)) busiest = open;
      await trial.close();
    }
    add(LEAKS, await runCheck('PASS', () => checkLeaks(counter, before, busiest)));
  } finally {
    await counter.close();
  }
  return cells;
}

async function checkLeaks(counter: ResourceCounter, before: OpenResources, busiest: OpenResources): Promise<string> {
  if (totalOf(busiest) <= totalOf(before)) throw new Error('nothing was counted as open, so no leak would be seen');
  const leaks = await counter.leaksSince(before);
  if (leaks.length > 0) throw new Error(`left open: ${leaks.join(', ')}`);
  return `after ${CRITERIA.length} criteria 0 connections, 0 timers and 0 handles more than before`;
}

async function askLibraries({ onCell }: EvidenceOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [at, question] of [...INTERFACE_QUESTIONS, ...TROUBLE_QUESTIONS].entries()) {
    const { title } = question;
    const label = 'abcdefgh'.charAt(at);
    const cells = new Map<string, Cell>();
    for (const library of LIBRARIES) {
      const cell = await runCheck(question.expected[library], question[library]);
      cells.set(library, cell);
      onCell(library, `${label} ${title}`, cell);
    }
    rows.push({ label, title, cells });
  }
  return rows;
}
