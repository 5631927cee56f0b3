// Counts the bytes that were sent, including those sent again, without those the server had before.
import type { UploadEvent } from './events.ts';
import type { FoundFile } from './find-files.ts';

export class SentBytes {
  /** Position of each upload in progress. */
  readonly #positions = new Map<FoundFile, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(event: UploadEvent): void {
    const { kind, job } = event;
    if (kind === 'uploaded' || kind === 'failed') this.#positions.delete(job);
    if (kind !== 'progressed') return;
    // The first event says where sending starts.
    const before = this.#positions.get(job) ?? event.bytes;
    this.#total += Math.max(0, event.bytes - before);
    this.#positions.set(job, event.bytes);
  }
}
