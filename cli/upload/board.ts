// The state behind the progress bars, updated by upload events. Knows nothing about terminals.
import type { UploadEvent } from './events.ts';
import type { FoundFile } from './find-files.ts';
import { describeDelay } from './format-event.ts';
import { Meter } from './meter.ts';

export interface Row {
  readonly job: FoundFile;
  /** Shown instead of the rate, for example while a retry is pending. Empty: show the rate. */
  note: string;
  bytes: number;
  readonly meter: Meter;
}

/** A file that a worker has. */
export interface ProcessingRow {
  readonly job: FoundFile;
  /** 0 to 1. */
  readonly fraction: number | null;
  readonly message: string | null;
}

export interface Total {
  /** Counts: all files, uploaded or failed ones, and ones still being processed. */
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
  /** Bytes sent by this command: those sent before say nothing about the rate. */
  #sent = 0;
  #done = 0;
  /** Files that are being processed (--wait), by their paths; null while no worker is known to have it. */
  readonly #processing = new Map<string, ProcessingRow | null>();

  constructor(jobs: readonly FoundFile[], isWaiting: boolean) {
    this.#jobs = jobs;
    this.#isWaiting = isWaiting;
    this.#size = jobs.reduce((sum, { size }) => sum + size, 0);
  }

  /** Uploads in progress, in the order they started. */
  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  /** Files that workers have, in the order they were uploaded. */
  get processing(): readonly ProcessingRow[] {
    return [...this.#processing.values()].filter((row) => row !== null);
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
        if (row !== undefined) row.note = 'computing its checksum';
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
        if (row !== undefined) row.note = describeDelay(event);
        break;
      case 'uploaded':
      case 'found':
        if (this.#isWaiting) this.#processing.set(job.path, null);
        this.#waitForOutcome(job);
        break;
      case 'processing':
        if (this.#processing.has(job.path)) this.#processing.set(job.path, event);
        break;
      case 'indexed':
        this.#processing.delete(job.path);
        break;
      case 'failed':
        this.#processing.delete(job.path);
        if (row !== undefined) this.#waitForOutcome(job);
        break;
    }
  }

  #progress(row: Row, bytes: number, at: number): void {
    // The first sample is the offset where it starts, not bytes sent.
    if (row.meter.hasSamples) this.#sent += Math.max(0, bytes - row.bytes);
    row.note = '';
    row.bytes = bytes;
    row.meter.add(bytes, at);
    this.#meter.add(this.#sent, at);
  }

  #waitForOutcome(job: FoundFile): void {
    this.#rows.delete(job.path);
    this.#settledBytes += job.size;
    this.#done += 1;
  }
}
