// The whole run: every candidate before every criterion on databases of one temporary server, the libraries before the
// questions of the interface, and all of them against the clock.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { EmbeddedServer } from '../../src/db/embedded/start.ts';
import { startTemporary } from '../../src/db/embedded/temporary.ts';
import { migrate } from '../../src/db/migrate.ts';
import { createOrm } from '../../src/db/orm.ts';
import { type Logger, createLogger } from '../../src/log.ts';
import { CANDIDATES, type Candidate, type CandidateName } from './candidates.ts';
import { type Census, Observer } from './census.ts';
import { CRITERIA, type Criterion, LEAKS } from './criteria.ts';
import { type Cell, type Row, judge } from './criterion.ts';
import { INTERFACE_QUESTIONS } from './library-interface.ts';
import { TROUBLE_QUESTIONS } from './library-trouble.ts';
import type { Library, Question } from './question.ts';
import { type Speed, measureSpeed } from './speed.ts';
import { Trial, type TrialSettings } from './trial.ts';

export interface Evidence {
  readonly criteria: readonly Row<CandidateName>[];
  readonly questions: readonly Row<Library>[];
  readonly speed: readonly Speed[];
}

export interface EvidenceOptions {
  readonly seed: number;
  /** Events of each adversarial run. */
  readonly events: number;
  /** Rounds of the speed comparison. */
  readonly rounds: number;
  /** Told of the temporary server, for whoever has to stop it on a signal. */
  readonly onServer: (server: EmbeddedServer) => void;
  /** Told of each cell when it is known. */
  readonly onCell: (column: string, title: string, cell: Cell) => void;
}

export async function gatherEvidence(options: EvidenceOptions): Promise<Evidence> {
  const log = createLogger('warn');
  const server = await startTemporary({ log, prefix: 'waybill-evidence-' });
  options.onServer(server);
  try {
    await migrateTemplate(server.url, log);
    const columns = new Map<CandidateName, ReadonlyMap<number, Cell>>();
    for (const candidate of CANDIDATES) columns.set(candidate.name, await tryOne(candidate, server.url, options));
    return {
      criteria: [...CRITERIA, LEAKS].toSorted((a, b) => a.number - b.number).map((each) => toRow(each, columns)),
      questions: await askLibraries(options),
      speed: await measureSpeed(options.rounds),
    };
  } finally {
    await server.stop();
  }
}

function toRow(
  { number, title }: Pick<Criterion, 'number' | 'title'>,
  columns: ReadonlyMap<CandidateName, ReadonlyMap<number, Cell>>,
): Row<CandidateName> {
  const cells = [...columns].map(([name, column]): [CandidateName, Cell] => [name, column.get(number)!]);
  return { label: String(number), title, cells: new Map(cells) };
}

async function tryOne(
  candidate: Candidate,
  template: string,
  { seed, events, onCell }: EvidenceOptions,
): Promise<ReadonlyMap<number, Cell>> {
  const url = await cloneDatabase(template);
  const observer = await Observer.connect(url);
  const column = new Map<number, Cell>();
  const settle = ({ number, title }: Pick<Criterion, 'number' | 'title'>, cell: Cell): void => {
    column.set(number, cell);
    onCell(candidate.name, `${number} ${title}`, cell);
  };
  try {
    const before = await observer.count();
    let busiest = before;
    for (const criterion of CRITERIA) {
      const { cell, open } = await examineOne(candidate, criterion, { url, seed, events }, observer);
      settle(criterion, cell);
      if (totalOf(open) > totalOf(busiest)) busiest = open;
    }
    settle(LEAKS, await judgeLeaks(candidate, observer, before, busiest));
  } finally {
    await observer.close();
  }
  return column;
}

const totalOf = (census: Census): number => [...census.values()].reduce((sum, count) => sum + count, 0);

async function examineOne(
  candidate: Candidate,
  criterion: Criterion,
  settings: TrialSettings,
  observer: Observer,
): Promise<{ cell: Cell; open: Census }> {
  const trial = new Trial(candidate, settings);
  try {
    const cell = await judge(criterion.expected[candidate.name], () => criterion.examine(trial));
    return { cell, open: await observer.count() };
  } finally {
    await trial.close();
  }
}

async function judgeLeaks({ name }: Candidate, observer: Observer, before: Census, busiest: Census): Promise<Cell> {
  return await judge(LEAKS.expected[name], async () => {
    if (totalOf(busiest) <= totalOf(before)) throw new Error('the census saw nothing open, so it would see no leak');
    const leaks = await observer.leaksSince(before);
    if (leaks.length > 0) throw new Error(`left open: ${leaks.join(', ')}`);
    return `after ${CRITERIA.length} criteria 0 connections, 0 timers and 0 handles more than before`;
  });
}

async function askLibraries({ onCell }: EvidenceOptions): Promise<Row<Library>[]> {
  const rows: Row<Library>[] = [];
  for (const [at, question] of [...INTERFACE_QUESTIONS, ...TROUBLE_QUESTIONS].entries()) {
    const label = String.fromCodePoint('a'.codePointAt(0)! + at);
    const cells = new Map<Library, Cell>();
    for (const library of Object.keys(question.ask) as Library[]) {
      const cell = await judge(question.expected[library], () => askOne(question, library));
      cells.set(library, cell);
      onCell(library, `${label} ${question.title}`, cell);
    }
    rows.push({ label, title: question.title, cells });
  }
  return rows;
}

async function migrateTemplate(url: string, log: Logger): Promise<void> {
  const orm = createOrm({ url, name: 'evidence-template', max: 2 });
  try {
    await migrate(orm, url, log);
  } finally {
    await orm.close();
  }
}

const askOne = ({ ask }: Question, library: Library): string => ask[library]();

async function cloneDatabase(template: string): Promise<string> {
  const name = `evidence_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: withName(template, 'postgres') });
  await admin.connect();
  try {
    await admin.query(`create database ${name} template ${new URL(template).pathname.slice(1)}`);
  } finally {
    await admin.end();
  }
  return withName(template, name);
}

const withName = (url: string, name: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;
