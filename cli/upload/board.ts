// What the bars show, kept from what is told; it knows nothing of terminals.
import type { UploadEvent } from './events.ts';
import type { FoundFile } from './find-files.ts';
import { Meter } from './meter.ts';

export interface Row {
  readonly job: FoundFile;
  /** What is going on, when it is not bytes that go. */
  note: string;
  bytes: number;
  readonly meter: Meter;
}

export interface Total {
  /** Files there are, files done, and files whose processing is waited for. */
  readonly files: number;
  readonly done: number;
  readonly processing: number;
  readonly size: number;
  readonly bytes: number;
  readonly meter: Meter;
}

export class Board {
  readonly #jobs: readonly FoundFile[];
  readonly #isWaiting: boolean;
  readonly #rows = new Map<string, Row>();
  readonly #meter = new Meter();
  readonly #size: number;
  #settledBytes = 0;
  /** Sent by this command: what was there before says nothing of how fast it goes. */
  #sent = 0;
  #done = 0;
  /** The paths of files whose processing is waited for. */
  readonly #processing = new Set<string>();

  constructor(jobs: readonly FoundFile[], isWaiting: boolean) {
    this.#jobs = jobs;
    this.#isWaiting = isWaiting;
    this.#size = jobs.reduce((sum, { size }) => sum + size, 0);
  }

  /** Those under way, in the order in which they were begun. */
  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  get total(): Total {
    const bytes = this.rows.reduce((sum, row) => sum + row.bytes, this.#settledBytes);
    const { length: files } = this.#jobs;
    return { files, done: this.#done, processing: this.#processing.size, size: this.#size, bytes, meter: this.#meter };
  }

  /** `at` in milliseconds. */
  apply(event: UploadEvent, at: number): void {
    const { job, kind } = event;
    const row = this.#rows.get(job.path);
    switch (kind) {
      case 'started':
        this.#rows.set(job.path, { job, note: '', bytes: 0, meter: new Meter() });
        break;
      case 'read':
        if (row !== undefined) row.note = 'reading for its checksum';
        break;
      case 'registered':
        if (row !== undefined) row.note = '';
        break;
      case 'resumed':
        if (row !== undefined) row.bytes = event.bytes;
        break;
      case 'progressed':
        if (row !== undefined) this.#progress(row, event.bytes, at);
        break;
      case 'delayed':
        if (row !== undefined) row.note = event.reason;
        break;
      case 'uploaded':
      case 'found':
        if (this.#isWaiting) this.#processing.add(job.path);
        this.#settle(job);
        break;
      case 'indexed':
        this.#processing.delete(job.path);
        break;
      case 'failed':
        this.#processing.delete(job.path);
        if (row !== undefined) this.#settle(job);
        break;
    }
  }

  #progress(row: Row, bytes: number, at: number): void {
    // The first is where it begins, not what was sent.
    if (row.meter.hasSamples) this.#sent += Math.max(0, bytes - row.bytes);
    row.note = '';
    row.bytes = bytes;
    row.meter.add(bytes, at);
    this.#meter.add(this.#sent, at);
  }

  #settle(job: FoundFile): void {
    this.#rows.delete(job.path);
    this.#settledBytes += job.size;
    this.#done += 1;
  }
}
