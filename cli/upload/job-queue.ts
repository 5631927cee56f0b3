// Hands out prepared files one by one, and prepares them in batches: thousands of small files take few requests, and
// large files are registered a few at a time, since an unused registration expires.
import type { FoundFile } from './find-files.ts';
import type { PreparedFile, Unprepared } from './prepare.ts';

const MAX_FILES = 1_000;
const MAX_BYTES = 256 * 1_024 ** 2;

export class JobQueue {
  readonly #jobs: readonly FoundFile[];
  readonly #prepare: (jobs: readonly FoundFile[]) => Promise<(PreparedFile | Unprepared)[]>;
  #at = 0;
  #prepared: (PreparedFile | Unprepared)[] = [];
  #preparing: Promise<void> | null = null;

  constructor(
    jobs: readonly FoundFile[],
    prepare: (jobs: readonly FoundFile[]) => Promise<(PreparedFile | Unprepared)[]>,
  ) {
    this.#jobs = jobs;
    this.#prepare = prepare;
  }

  /** In the order of the jobs; null when there are no more. */
  async next(): Promise<PreparedFile | Unprepared | null> {
    while (this.#prepared.length === 0) {
      if (this.#preparing === null && this.#at >= this.#jobs.length) return null;
      this.#preparing ??= this.#prepareBatch().finally(() => (this.#preparing = null));
      await this.#preparing;
    }
    return this.#prepared.shift() ?? null;
  }

  async #prepareBatch(): Promise<void> {
    const batch = this.#takeBatch();
    try {
      const prepared = await this.#prepare(batch);
      const order = new Map(batch.map((job, index) => [job, index]));
      this.#prepared = prepared.toSorted((a, b) => (order.get(a.job) ?? 0) - (order.get(b.job) ?? 0));
    } catch (error) {
      this.#prepared = batch.map((job) => ({ job, error }));
    }
  }

  #takeBatch(): FoundFile[] {
    const batch: FoundFile[] = [];
    let bytes = 0;
    for (const job of this.#jobs.slice(this.#at, this.#at + MAX_FILES)) {
      bytes += job.size;
      if (batch.length > 0 && bytes > MAX_BYTES) break;
      batch.push(job);
    }
    this.#at += batch.length;
    return batch;
  }
}
