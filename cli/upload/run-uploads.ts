// Uploads many files, a few in parallel. A failed file does not stop the others; an unreachable server does.
import type { FileFacts } from '../api/files.ts';
import { CliError, Interrupted, Refused, Unreachable, describe } from '../errors.ts';
import type { Report, UploadEvent, UploadSummary } from './events.ts';
import type { FoundFile } from './find-files.ts';
import { JobQueue } from './job-queue.ts';
import type { PreparedFile, Unprepared } from './prepare.ts';
import { Semaphore } from './semaphore.ts';
import { SMALL_BYTES } from './send-small.ts';
import { SentBytes } from './sent-bytes.ts';

// A small file is mostly waiting for the server; together their commits share disk writes.
const SMALL_FACTOR = 16;

export interface RunOptions {
  readonly jobs: readonly FoundFile[];
  /** Files larger than SMALL_BYTES at a time. */
  readonly parallel: number;
  readonly prepare: (jobs: readonly FoundFile[], report: Report) => Promise<(PreparedFile | Unprepared)[]>;
  readonly begin: (prepared: PreparedFile, report: Report) => OneUpload;
  /** Null without --wait. */
  readonly waitForOutcome: ((id: string, job: FoundFile) => Promise<FileFacts>) | null;
  readonly report: Report;
}

interface OneUpload {
  /** Returns the file if nothing is left to confirm. */
  send(): Promise<FileFacts | null>;
  confirm(): Promise<FileFacts>;
}

/** Returns when all files are done, or the run was stopped. */
export async function runUploads(run: RunOptions, signal: AbortSignal): Promise<UploadSummary> {
  return await new Runner(run, signal).run();
}

class Runner {
  readonly #run: RunOptions;
  readonly #signal: AbortSignal;
  readonly #startedAt = performance.now();
  readonly #finishing: Promise<void>[] = [];
  readonly #counts = { uploaded: 0, found: 0, indexed: 0, failed: 0, unfinished: 0 };
  readonly #ids = new Map<FoundFile, string>();
  readonly #sent = new SentBytes();
  #isOver = false;

  constructor(run: RunOptions, signal: AbortSignal) {
    this.#run = run;
    this.#signal = signal;
  }

  async run(): Promise<UploadSummary> {
    const { jobs, parallel, prepare } = this.#run;
    this.#counts.unfinished = jobs.length;
    const queue = new JobQueue(jobs, (batch) => prepare(batch, this.#report));
    const large = new Semaphore(parallel);
    await Promise.all(Array.from({ length: parallel * SMALL_FACTOR }, () => this.#work(queue, large)));
    await Promise.all(this.#finishing);
    return { ...this.#counts, bytes: this.#sent.total, seconds: (performance.now() - this.#startedAt) / 1_000 };
  }

  /** Workers share one queue. */
  async #work(queue: JobQueue, large: Semaphore): Promise<void> {
    while (!this.#isOver && !this.#signal.aborted) {
      const next = await queue.next();
      if (next === null) return;
      this.#counts.unfinished -= 1;
      if ('error' in next) this.#fail(next.job, next.error);
      else if (next.identity.size <= SMALL_BYTES) await this.#upload(next);
      else await large.run(() => this.#upload(next));
    }
  }

  async #upload(prepared: PreparedFile): Promise<void> {
    const { job } = prepared;
    try {
      this.#signal.throwIfAborted();
      if (this.#isOver) return void (this.#counts.unfinished += 1);
      this.#report({ kind: 'started', job });
      const upload = this.#run.begin(prepared, this.#report);
      const found = await upload.send();
      // Not awaited here: completion and processing can take long and must not hold up the next upload.
      this.#finishing.push(this.#finish(job, upload, found));
    } catch (error) {
      this.#fail(job, error);
    }
  }

  async #finish(job: FoundFile, upload: OneUpload, found: FileFacts | null): Promise<void> {
    try {
      const { id } = found ?? (await upload.confirm());
      const { waitForOutcome } = this.#run;
      if (waitForOutcome === null) return;
      const file = await waitForOutcome(id, job);
      if (file.state !== 'FAILED') return this.#report({ kind: 'indexed', job, file });
      const { code = 'FAILED', message = '' } = file.failure ?? {};
      this.#report({ kind: 'failed', job, id, code, message });
    } catch (error) {
      this.#fail(job, error);
    }
  }

  #fail(job: FoundFile, error: unknown): void {
    // Of an unreachable server one file says so; the others are merely not finished.
    if (error instanceof Interrupted || (this.#isOver && error instanceof Unreachable)) {
      this.#counts.unfinished += 1;
      return;
    }
    if (error instanceof Unreachable) this.#isOver = true;
    const id = this.#ids.get(job) ?? (error instanceof Refused ? error.fileId : null);
    const code = error instanceof CliError ? error.code : 'UNEXPECTED';
    const message = error instanceof Error ? error.message : describe(error);
    this.#report({ kind: 'failed', job, id, code, message });
  }

  readonly #report = (event: UploadEvent): void => {
    const { kind, job } = event;
    if ('file' in event) this.#ids.set(job, event.file.id);
    this.#sent.add(event);
    if (kind === 'uploaded' || kind === 'found' || kind === 'indexed' || kind === 'failed') this.#counts[kind] += 1;
    this.#run.report(event);
  };
}
