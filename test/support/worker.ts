// Workers over a lifecycle of their own, with a runner that a test writes, in this process.
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { v7 as uuidv7 } from 'uuid';
import type { Failure } from '../../src/fsm/types.ts';
import { type Processing, fromStored } from '../../src/entities/processing.ts';
import { FileReader } from '../../src/lifecycle/reader.ts';
import { createLogger } from '../../src/log.ts';
import { Worker, type WorkerOptions } from '../../src/processing/worker.ts';
import type { FileRunner, Job, Outcome } from '../../src/processing/run-file.ts';
import { ContentReader } from '../../src/uploads/content.ts';
import { MemoryStore } from './memory-store.ts';
import { type ClaimsBench, startClaims } from './processing.ts';
import { type StoreOptions, type StoredFile, storeFile } from './stored-file.ts';
import { until } from './until.ts';

export const NOTHING: Outcome = { outcome: 'completed', properties: {}, text: null };

/** What a worker needs of a runner. */
export type PlainRunner = Pick<FileRunner, 'run' | 'close'>;

/** What a runner does with a file, without a child process. */
export const runnerOf = (run: (job: Job) => Promise<Outcome>): PlainRunner => ({ run, close: () => Promise.resolve() });

/** Finds the length of the bytes, and their text. */
export async function readBytes({ open }: Job): Promise<Outcome> {
  const bytes = await buffer(await open());
  return { outcome: 'completed', properties: { plain: { bytes: bytes.length } }, text: bytes.toString() };
}

export const readingRunner = runnerOf(readBytes);

export const failed = (code: string, retryable = false): Outcome => ({
  outcome: 'failed',
  failure: { code, message: 'a test', retryable },
});

/** A runner that works until it is aborted, and tells when it has begun. */
export function endless() {
  const begun = Promise.withResolvers<void>();
  const runner = runnerOf(async ({ signal }) => {
    begun.resolve();
    if (!signal.aborted) await once(signal, 'abort');
    return failed('CANCELED');
  });
  return { runner, begun: begun.promise };
}

export interface WorkerBench extends ClaimsBench {
  readonly store: MemoryStore;
  /** Starts a worker; `stop` stops it too. */
  start(options?: Partial<WorkerOptions>): Worker;
  /** A file in PROCESSING, in the queue `builtin`, with its bytes in the store. */
  put(options?: StoreOptions): Promise<StoredFile>;
  read(fileId: string): Promise<Row>;
  /** Waits until its processing has ended. */
  ended(fileId: string): Promise<Row>;
}

export interface Row extends Record<string, unknown> {
  readonly state: string;
  readonly version: number;
  readonly properties: Record<string, unknown>;
  readonly failure: Failure | null;
  readonly processing: Processing | null;
}

export async function startWorkers(options: Parameters<typeof startClaims>[0] = {}): Promise<WorkerBench> {
  const bench = await startClaims(options);
  const store = new MemoryStore();
  const workers: Worker[] = [];
  const read = async (fileId: string): Promise<Row> => {
    const [row] = await bench.database.query<Row>(
      'select state, version, properties, failure, processing from file where id = $1',
      [fileId],
    );
    return { ...row!, processing: fromStored(row!.processing) };
  };
  return {
    ...bench,
    store,
    read,
    ended: (fileId) =>
      until(
        () => read(fileId),
        ({ state }) => state !== 'PROCESSING',
      ),
    put: async ({ row, ...more } = {}) => {
      const stored = await storeFile(bench.database, store, {
        ...more,
        row: { state: 'PROCESSING', queue: 'builtin', ...row },
      });
      bench.claims.wake([{ queue: 'builtin', tenant: 'local' }]);
      return stored;
    },
    start: (more = {}) => {
      const worker = new Worker({
        name: `w${workers.length + 1}`,
        concurrency: 2,
        lifecycle: bench.lifecycle,
        reader: new FileReader(bench.orm),
        claims: bench.claims,
        runner: readingRunner,
        content: new ContentReader(bench.orm, store),
        newId: uuidv7,
        now: () => performance.now(),
        log: createLogger('silent'),
        ...more,
      });
      workers.push(worker);
      return worker;
    },
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      await bench.stop();
    },
  };
}
