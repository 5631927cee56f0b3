// Changes that other replicas have sent along with their signals, until the poller takes them: only what stands behind the very place
// to which it has read. Everything else is read from PostgreSQL.
import type { LoggedChange } from '../change.ts';
import type { Batch } from '../notify/notifier.ts';
import { type Place, isSamePlace } from '../place.ts';
import { bytesOf } from '../weight.ts';

/** Held while the poller is busy; with more, it reads what it has missed. */
const MAX_BYTES = 8 * 2 ** 20;

export class SignalledBatches {
  #batches: Batch[] = [];
  #bytes = 0;
  #taken = 0;

  /** How many changes were taken so far. */
  get taken(): number {
    return this.#taken;
  }

  add(batch: Batch): void {
    this.#bytes += batch.changes.reduce((sum, change) => sum + bytesOf(change), 0);
    if (this.#bytes > MAX_BYTES) this.clear();
    else this.#batches.push(batch);
  }

  clear(): void {
    this.#batches = [];
    this.#bytes = 0;
  }

  /** Takes everything, and returns the changes that follow a place without a gap. */
  takeAfter(place: Place): readonly LoggedChange[] {
    const batches = this.#batches.toSorted((a, b) => a.after.position - b.after.position);
    this.clear();
    const taken: LoggedChange[] = [];
    for (const batch of batches) taken.push(...changesAfter(batch, taken.at(-1) ?? place));
    this.#taken += taken.length;
    return taken;
  }
}

/** Several replicas may send the same change, and a batch may begin further back: it stands on the place if the place is in it. */
function changesAfter({ after, changes }: Batch, place: Place): readonly LoggedChange[] {
  const skipped = place.position - after.position;
  const standing = skipped === 0 ? after : changes[skipped - 1];
  return standing !== undefined && isSamePlace(standing, place) ? changes.slice(skipped) : [];
}
