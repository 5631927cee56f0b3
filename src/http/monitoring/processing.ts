// Metrics of processing: the queues, as the database has them, and what this process has claimed, run and ended.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { QUEUES, type Queue } from '../../entities/processing.ts';
import type { Read } from './read-in-turn.ts';

// By the index file_queue, which holds nothing but files in PROCESSING. A file waits from when it became claimable: a lease
// that has ended counts from its end.
const DEPTH = `
  select queue, count(*) filter (where claimable_at <= now())::float8 as waiting,
    count(*) filter (where claimable_at > now())::float8 as taken,
    coalesce(extract(epoch from now() - min(claimable_at) filter (where claimable_at <= now())), 0)::float8 as age
  from file where queue is not null group by queue`;

interface Depth {
  readonly queue: string;
  readonly waiting: number;
  readonly taken: number;
  readonly age: number;
}

/** Codes that this service, its processors and workers use; a worker can report any word. */
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const MOST_CODES = 100;

export class ProcessingMetrics {
  readonly #claims: Counter<'queue'>;
  readonly #expired: Counter<'queue'>;
  readonly #lost: Counter;
  readonly #ended: Counter<'code'>;
  readonly #durations: Histogram;
  readonly #runs: Histogram<'processor' | 'outcome'>;
  readonly #codes = new Set<string>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#claims = new Counter({
      name: 'waybill_processing_claims_total',
      help: 'Files that this process has given to workers, by queue.',
      labelNames: ['queue'],
      registers,
    });
    this.#expired = new Counter({
      name: 'waybill_processing_leases_expired_total',
      help: 'Leases that ran out and whose files this process has given to another worker, by queue.',
      labelNames: ['queue'],
      registers,
    });
    for (const queue of QUEUES) this.countClaims(queue, []);
    this.#lost = new Counter({
      name: 'waybill_processing_leases_lost_total',
      help: 'Leases that the worker of this process had and lost: it was too slow, or the file was deleted or reset.',
      registers,
    });
    this.#ended = new Counter({
      name: 'waybill_processing_ended_total',
      help: 'Files whose processing the worker of this process has ended, by the code of the failure; empty: INDEXED.',
      labelNames: ['code'],
      registers,
    });
    const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
    this.#durations = new Histogram({
      name: 'waybill_processing_duration_seconds',
      help: 'From the claim of a file to the commit that ended its processing.',
      buckets,
      registers,
    });
    this.#runs = new Histogram({
      name: 'waybill_processor_duration_seconds',
      help: 'Runs of a processor on a file, by processor and outcome (found, failed).',
      labelNames: ['processor', 'outcome'],
      buckets,
      registers,
    });
  }

  countClaims(queue: Queue, files: readonly { readonly isTakenOver: boolean }[]): void {
    this.#claims.inc({ queue }, files.length);
    this.#expired.inc({ queue }, files.filter(({ isTakenOver }) => isTakenOver).length);
  }

  countLost(): void {
    this.#lost.inc();
  }

  /** @param code of the failure; null: INDEXED */
  countEnd(code: string | null, durationMs: number): void {
    this.#ended.inc({ code: code === null ? '' : this.#label(code) });
    this.#durations.observe(durationMs / 1_000);
  }

  countRun(processor: string, durationMs: number, code: string | null): void {
    this.#runs.observe({ processor, outcome: code === null ? 'found' : 'failed' }, durationMs / 1_000);
  }

  /** A team's own processor may invent a code for each file; a series for each would fill the memory of Prometheus. */
  #label(code: string): string {
    if (!CODE.test(code)) return 'other';
    if (this.#codes.size < MOST_CODES) this.#codes.add(code);
    return this.#codes.has(code) ? code : 'other';
  }
}

export function observeQueues(registry: Registry, readAll: Read): void {
  const read = readOnce(readAll);
  void new Gauge({
    name: 'waybill_processing_files',
    help: 'Files in PROCESSING, by queue and state (waiting, taken). Left out while the database cannot be read.',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { queue, waiting, taken } of (await read()) ?? []) {
        this.set({ queue, state: 'waiting' }, waiting);
        this.set({ queue, state: 'taken' }, taken);
      }
    },
  });
  void new Gauge({
    name: 'waybill_processing_oldest_seconds',
    help: 'How long the oldest file that nobody has could have been claimed, by queue. Left out while the database cannot be read.',
    labelNames: ['queue'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { queue, age } of (await read()) ?? []) this.set({ queue }, age);
    },
  });
}

/** One query for both gauges of a scrape. Null while the database cannot be read. */
function readOnce(read: Read): () => Promise<readonly Depth[] | null> {
  const readAll = async (): Promise<Depth[] | null> => {
    const rows = await read<Depth>(DEPTH);
    if (rows === null) return null;
    return QUEUES.map((queue) => rows.find((row) => row.queue === queue) ?? { queue, waiting: 0, taken: 0, age: 0 });
  };
  let reading: Promise<Depth[] | null> | undefined;
  return () => (reading ??= readAll().finally(() => (reading = undefined)));
}
