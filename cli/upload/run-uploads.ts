// Many files, a few at a time. One that fails stops no other; a server that stays away stops them all.
import type { FileFacts } from '../api/files.ts';
import { CliError, Interrupted, Refused, Unreachable, describe } from '../errors.ts';
import type { Tally, Tell, UploadEvent } from './events.ts';
import type { FoundFile } from './find-files.ts';

export interface Run {
  readonly jobs: readonly FoundFile[];
  readonly parallel: number;
  readonly upload: (job: FoundFile, tell: Tell) => Promise<FileFacts>;
  /** Null: nobody waits for it. */
  readonly settle: ((id: string) => Promise<FileFacts>) | null;
  readonly tell: Tell;
}

/** Returns when all of them are done, or none goes on. */
export async function runUploads(run: Run, signal: AbortSignal): Promise<Tally> {
  return await new Runner(run, signal).go();
}

class Runner {
  readonly #run: Run;
  readonly #signal: AbortSignal;
  readonly #began = performance.now();
  readonly #settling: Promise<void>[] = [];
  readonly #counts = { uploaded: 0, found: 0, indexed: 0, failed: 0, unfinished: 0 };
  #bytes = 0;
  #isOver = false;

  constructor(run: Run, signal: AbortSignal) {
    this.#run = run;
    this.#signal = signal;
  }

  async go(): Promise<Tally> {
    const queue = this.#run.jobs.values();
    await Promise.all(Array.from({ length: this.#run.parallel }, () => this.#work(queue)));
    await Promise.all(this.#settling);
    return { ...this.#counts, bytes: this.#bytes, seconds: (performance.now() - this.#began) / 1_000 };
  }

  /** All workers take from the same queue. */
  async #work(queue: Iterable<FoundFile>): Promise<void> {
    for (const job of queue) {
      if (this.#isOver || this.#signal.aborted) this.#counts.unfinished += 1;
      else await this.#upload(job);
    }
  }

  async #upload(job: FoundFile): Promise<void> {
    const meter = new SentBytes();
    let id: string | null = null;
    const tell = (event: UploadEvent): void => {
      if ('file' in event) ({ id } = event.file);
      this.#bytes += meter.add(event);
      this.#count(event);
      this.#run.tell(event);
    };
    try {
      tell({ kind: 'started', job });
      const file = await this.#run.upload(job, tell);
      const { settle } = this.#run;
      // Beside the next upload: it may take long, and needs nothing of ours.
      if (settle !== null) this.#settling.push(this.#settle(job, file, settle));
    } catch (error) {
      this.#fail(job, id, error);
    }
  }

  async #settle(job: FoundFile, { id }: FileFacts, settle: (id: string) => Promise<FileFacts>): Promise<void> {
    try {
      const file = await settle(id);
      if (file.state === 'FAILED') {
        const { code = 'FAILED', message = '' } = file.failure ?? {};
        this.#tell({ kind: 'failed', job, id, code, message });
      } else this.#tell({ kind: 'indexed', job, file });
    } catch (error) {
      this.#fail(job, id, error);
    }
  }

  #fail(job: FoundFile, known: string | null, error: unknown): void {
    if (error instanceof Interrupted) {
      this.#counts.unfinished += 1;
      return;
    }
    if (error instanceof Unreachable) this.#isOver = true;
    const id = known ?? (error instanceof Refused ? error.fileId : null);
    const code = error instanceof CliError ? error.code : 'UNEXPECTED';
    const message = error instanceof Error ? error.message : describe(error);
    this.#tell({ kind: 'failed', job, id, code, message });
  }

  #tell(event: UploadEvent): void {
    this.#count(event);
    this.#run.tell(event);
  }

  #count({ kind }: UploadEvent): void {
    if (kind === 'uploaded' || kind === 'found' || kind === 'indexed' || kind === 'failed') this.#counts[kind] += 1;
  }
}

/** The bytes that one upload sends: what was there before is not among them, what has to be sent again is. */
class SentBytes {
  #last: number | null = null;

  add(event: UploadEvent): number {
    if (event.kind !== 'progressed') return 0;
    const sent = this.#last === null ? 0 : Math.max(0, event.bytes - this.#last);
    this.#last = event.bytes;
    return sent;
  }
}
