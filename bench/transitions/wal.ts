// What a transition writes to PostgreSQL's log (WAL): bytes by event and number of clients, all that follows of it included
// (its position, the fold of the counts), and which records and relations they are.
//
// Without images of whole pages: how many there are depends on checkpoints, not on the program.
import type { Bench, Figure, Report } from '../bench.ts';
import type { Database } from '../host/database.ts';
import type { Testbed } from '../host/testbed.ts';
import { Connection } from '../http/connection.ts';
import { createSource } from '../http/requests.ts';
import { requireSuccess } from '../http/responses.ts';
import { atMost, figureOf } from '../measure/figure.ts';
import { until } from '../../test/support/until.ts';
import { CYCLE, type Pool } from './cycle.ts';
import { awaitSequenced, registerFiles } from './files.ts';
import { type WalPart, describeParts, readWal, walPosition, withoutPageImages } from './wal-records.ts';

const CLIENTS = [1, 8, 50] as const;
const FILES = 1_000;
const QUICK_FILES = 100;
/** Bytes hardly differ from one to the next. */
const ROUNDS = 2;
/** The event with the most to write: it adds an entry to every index of the file. */
const JUDGED = 'COMPLETE_UPLOAD';

interface Side {
  readonly url: string;
  readonly database: Database;
  readonly pool: Pool;
  readonly clients: number;
}

/** Every file of the pool makes the next step. */
async function moveAll({ url, pool, clients }: Side, from: number): Promise<void> {
  const target = new URL(url);
  const source = createSource({ kind: 'transitions', pool, bulk: null, from }, target.host);
  const drive = async (): Promise<void> => {
    const connection = await Connection.open(target);
    const next = source.connect();
    while (source.moves < from + pool.size) {
      const { bytes, expect } = next();
      requireSuccess(await connection.ask(bytes), expect);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: clients }, drive));
}

const DELTAS = 'select from file_count_delta union all select from byte_count_delta limit 1';

/** @returns the bytes a transition of all that was written meanwhile, by record and relation */
async function measureStep(side: Side, from: number): Promise<readonly WalPart[]> {
  const { database, pool } = side;
  const start = await walPosition(database);
  await moveAll(side, from);
  await awaitSequenced(database);
  await until(
    () => database.query(DELTAS),
    (rows) => rows.length === 0,
  );
  const parts = await readWal(database, start, await walPosition(database));
  return parts.map((part) => ({ ...part, records: part.records / pool.size, bytes: part.bytes / pool.size }));
}

const sumOf = (parts: readonly WalPart[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);

async function measureSide(side: Side): Promise<{ figures: Figure[]; notes: string[] }> {
  const samples = new Map<string, number[]>(CYCLE.map(({ event }) => [event, []]));
  let judged: readonly WalPart[] = [];
  const { pool, clients } = side;
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [step, { event }] of CYCLE.entries()) {
      const parts = await measureStep(side, (round * CYCLE.length + step) * pool.size);
      if (round > 0) samples.get(event)?.push(sumOf(parts)); // the first extends tables and indexes
      if (event === JUDGED) judged = parts;
    }
  }
  const figures = [...samples].map(([event, subject]) => {
    const target = event === JUDGED && clients > 1 ? { target: atMost(1_300, 900) } : {};
    return figureOf({ what: `${event}, ${clients} clients`, unit: 'bytes', subject, ...target });
  });
  return { figures, notes: [`${JUDGED}, ${clients} clients: ${describeParts(judged)}.`] };
}

async function measure(testbed: Testbed): Promise<Report> {
  await using database = await testbed.createDatabase('wal');
  const size = testbed.quick ? QUICK_FILES : FILES;
  const pools = CLIENTS.map((_clients, at) => ({ first: 1 + at * size, size }));
  for (const pool of pools) await registerFiles(database, pool);
  await using waybill = await testbed.startWaybill(database);
  await using stack = new AsyncDisposableStack();
  stack.use(await withoutPageImages(database));
  const figures: Figure[] = [];
  const notes: string[] = [];
  for (const [at, clients] of CLIENTS.entries()) {
    const measured = await measureSide({ url: waybill.url, database, pool: pools[at]!, clients });
    figures.push(...measured.figures);
    notes.push(...measured.notes);
  }
  return { figures, curves: [], notes: [...notes, HOW] };
}

const HOW =
  'Records of the whole server from the first request until all positions are given and the counts are folded, divided by ' +
  'transitions; without page images.';

export const wal: Bench = { name: 'wal', title: 'Bytes of WAL a transition', measure };
