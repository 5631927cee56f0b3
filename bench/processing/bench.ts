// From COMPLETE_UPLOAD to INDEXED, with processors that do nothing, against pg-boss doing as many jobs: send, fetch, complete.
// Sender and workers are processes of their own on both sides.
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Report } from '../bench.ts';
import type { Database } from '../host/database.ts';
import type { Testbed } from '../host/testbed.ts';
import { atLeast, atMost, figureOf } from '../measure/figure.ts';
import { takeTurns } from '../measure/rounds.ts';
import { quantile } from '../measure/statistics.ts';
import { type Pool, uuidOf, uuidSql } from '../transitions/cycle.ts';
import { awaitSequenced, registerFiles } from '../transitions/files.ts';
import { GARBAGE_OPTIONS } from '../workers/memory-probe.ts';
import { Worker } from '../workers/worker.ts';
import type { BossCalls } from './boss.ts';
import type { SenderCalls } from './sender.ts';
import type { WorkerCalls } from './worker-process.ts';

const AT_ONCE = 100;
const PER_SECOND = 500;
const LOOK_AGAIN_MS = 10;
const MIB = 2 ** 20;

/** Fresh files for each turn, all registered before a program runs. */
class Files {
  readonly #size: number;
  #next = 1;

  constructor(size: number) {
    this.#size = size;
  }

  take(): Pool {
    const pool = { first: this.#next, size: this.#size };
    this.#next += this.#size;
    return pool;
  }

  static async register(database: Database, size: number, turns: number): Promise<Files> {
    const all = size * turns;
    await registerFiles(database, { first: 1, size: all });
    await database.query(`update file set state = 'UPLOADING', version = 1, attempts = 1`);
    await database.query('vacuum (analyze) file');
    return new Files(size);
  }
}

const INDEXED = `select count(*)::int as files from file where state = 'INDEXED'
  and id between ${uuidSql('$1::int')} and ${uuidSql('$2::int')}`;

/** Sender and workers of Waybill over one database. */
class WaybillSide implements AsyncDisposable {
  readonly #database: Database;
  readonly #files: Files;
  readonly #sender = new Worker<SenderCalls>('processing/sender.ts');
  readonly workers: readonly Worker<WorkerCalls>[];

  private constructor(database: Database, files: Files, workers: number) {
    this.#database = database;
    this.#files = files;
    const options = workers === 1 ? GARBAGE_OPTIONS : [];
    this.workers = Array.from(
      { length: workers },
      () => new Worker<WorkerCalls>('processing/worker-process.ts', options),
    );
  }

  static async start(testbed: Testbed, database: Database, workers: number, files: Files): Promise<WaybillSide> {
    const side = new WaybillSide(database, files, workers);
    const { url } = database;
    const dataDir = await testbed.makeDirectory('worker');
    await side.#sender.call('start', url);
    for (const worker of side.workers) await worker.call('start', { url, dataDir });
    return side;
  }

  /** @returns files a second */
  async run(): Promise<number> {
    const pool = this.#files.take();
    const start = performance.now();
    await this.#sender.call('completeAll', { pool, atOnce: AT_ONCE });
    await this.#indexed(pool);
    const seconds = (performance.now() - start) / 1_000;
    await awaitSequenced(this.#database);
    return pool.size / seconds;
  }

  /** @returns milliseconds from the answer to COMPLETE_UPLOAD until a worker has the file; p50 and p99 */
  async runPaced(): Promise<{ p50: number; p99: number }> {
    const pool = this.#files.take();
    for (const worker of this.workers) await worker.call('takeBegun');
    const answered = await this.#sender.call('completePaced', { pool, perSecond: PER_SECOND });
    await this.#indexed(pool);
    const begun = await this.workers[0]!.call('takeBegun');
    const waits = answered.map((at, n) => Math.max(0, begun.get(uuidOf(pool.first + n))! - at));
    return { p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) };
  }

  async #indexed({ first, size }: Pool): Promise<void> {
    for (;;) {
      const [row] = await this.#database.query<{ files: number }>(INDEXED, [first, first + size - 1]);
      if (row!.files === size) return;
      await delay(LOOK_AGAIN_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of [this.#sender, ...this.workers]) await worker[Symbol.asyncDispose]();
  }
}

const COMPLETED = `select count(*)::int as jobs from pgboss.job where name = $1 and state = 'completed'`;

class BossSide implements AsyncDisposable {
  readonly #database: Database;
  readonly #sender = new Worker<BossCalls>('processing/boss.ts');
  readonly #workers = Array.from({ length: 4 }, () => new Worker<BossCalls>('processing/boss.ts'));
  #turns = 0;

  private constructor(database: Database) {
    this.#database = database;
  }

  static async start(database: Database): Promise<BossSide> {
    const side = new BossSide(database);
    // One after the other: the first one creates the tables.
    for (const worker of [side.#sender, ...side.#workers]) await worker.call('start', database.url);
    return side;
  }

  /** @returns jobs a second */
  async run(workers: number, jobs: number): Promise<number> {
    const queue = `turn-${(this.#turns += 1)}`;
    await this.#sender.call('createQueue', queue);
    const working = this.#workers.slice(0, workers);
    const start = performance.now();
    const done = working.map((worker) => worker.call('work', queue));
    await this.#sender.call('sendAll', { queue, jobs, atOnce: AT_ONCE });
    for (;;) {
      const [row] = await this.#database.query<{ jobs: number }>(COMPLETED, [queue]);
      if (row!.jobs === jobs) break;
      await delay(LOOK_AGAIN_MS);
    }
    const seconds = (performance.now() - start) / 1_000;
    for (const worker of working) await worker.call('leave');
    await Promise.all(done);
    return jobs / seconds;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of [this.#sender, ...this.#workers]) await worker[Symbol.asyncDispose]();
  }
}

async function measure(testbed: Testbed): Promise<Report> {
  const size = testbed.quick ? 500 : 3_000;
  await using one = await testbed.createDatabase('processing_one');
  await using four = await testbed.createDatabase('processing_four');
  await using bossDatabase = await testbed.createDatabase('processing_boss');
  // One turn of each round, one to warm up, and those that are repeated because the machine was not quiet.
  const turns = 4 * (testbed.rounds + 1);
  const [ofOne, ofFour] = [await Files.register(one, size, 2 * turns), await Files.register(four, size, turns)];
  await using single = await WaybillSide.start(testbed, one, 1, ofOne);
  await using several = await WaybillSide.start(testbed, four, 4, ofFour);
  await using boss = await BossSide.start(bossDatabase);
  const idle = await single.workers[0]!.call('measureMemory');
  const throughput = await takeTurns(testbed, {
    one: () => single.run(),
    bossOne: () => boss.run(1, size),
    four: () => several.run(),
    bossFour: () => boss.run(4, size),
  });
  const { waits } = await takeTurns(testbed, { waits: () => single.runPaced() });
  return {
    figures: [
      rate('COMPLETE_UPLOAD to INDEXED, 1 worker', throughput.one, throughput.bossOne),
      rate('COMPLETE_UPLOAD to INDEXED, 4 workers', throughput.four, throughput.bossFour),
      figureOf({
        what: `from COMPLETE_UPLOAD to the worker at ${PER_SECOND} a second, p50`,
        unit: 'ms',
        subject: waits.map(({ p50 }) => p50),
        target: atMost(10, 5),
      }),
      figureOf({ what: 'the same, p99', unit: 'ms', subject: waits.map(({ p99 }) => p99) }),
      figureOf({ what: 'an idle worker, resident', unit: 'MiB', subject: [idle.resident / MIB] }),
    ],
    curves: [],
    notes: [
      `${size} files in a turn, ${AT_ONCE} commands under way. Processors do nothing and read no bytes. A sender and each ` +
        'worker are processes of their own, on both sides.',
      'A file costs three writes of its row and two rows of the change log, a job of pg-boss three writes of its row. ' +
        'pg-boss fetches 256 at a time and looks again after 5 ms when there is nothing; its maintenance is off.',
      'The time to a worker counts from the answer to COMPLETE_UPLOAD in one process until the processors of another begin.',
    ],
  };
}

const rate = (what: string, subject: readonly number[], boss: readonly number[]) =>
  figureOf({
    what,
    unit: 'files/s',
    subject,
    baseline: { name: 'pg-boss: send, fetch, complete', samples: boss },
    target: atLeast(0.8, 1.5),
  });

export const processing: Bench = { name: 'processing', title: 'Processing', measure };
