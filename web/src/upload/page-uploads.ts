// The uploads of this page: a queue of the client, whose unfinished files are kept for after a reload.
import type { Waybill } from '@waybill/client';
import { type UploadStatus, type Uploads, createUploads } from '@waybill/client/upload';
import type { Chosen } from './collect.ts';
import { forget, keep, keyOf, recall } from './kept-files.ts';

/** The server has every byte, or shall have none. */
const OVER: readonly UploadStatus[] = ['processing', 'done', 'canceled'];

export class PageUploads {
  readonly queue: Uploads;
  readonly #chosen = new Map<string, Chosen>();
  readonly #statuses = new Map<string, UploadStatus>();

  constructor(waybill: Waybill) {
    this.queue = createUploads(waybill, { until: 'processed' });
    this.queue.subscribe(() => this.#look());
  }

  /** A file that is on its way already goes on, rather than being uploaded a second time. */
  add(chosen: readonly Chosen[]): void {
    for (const each of chosen) void keep(each, false);
    this.#enqueue(chosen);
  }

  /** What an earlier visit has left. */
  async restore(): Promise<void> {
    for (const kept of await recall()) {
      const ids = this.#enqueue([kept]);
      if (kept.isPaused) for (const id of ids) this.queue.pause(id);
    }
  }

  #enqueue(chosen: readonly Chosen[]): string[] {
    return chosen.flatMap((each) => {
      const ids = this.queue.add([each.file], { name: each.name });
      for (const id of ids) {
        this.#chosen.set(id, each);
        this.queue.resume(id);
      }
      return ids;
    });
  }

  #look(): void {
    for (const { id, status } of this.queue.getSnapshot().uploads) {
      const [before, chosen] = [this.#statuses.get(id), this.#chosen.get(id)];
      if (before === status || chosen === undefined) continue;
      this.#statuses.set(id, status);
      if (OVER.includes(status)) void forget(keyOf(chosen));
      else if (status === 'paused' || before === 'paused') void keep(chosen, status === 'paused');
    }
  }
}
