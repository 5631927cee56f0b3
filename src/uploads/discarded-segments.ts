// Removes the bytes of discarded segments: of deleted and reset files, of uploads whose digest was wrong, of writers that
// died before any of their bytes was acknowledged. Store first, row last: after a crash in between it is done again.
//
// A segment that cannot be removed (Object Lock, a missing right) waits longer each time and holds up no other. The waits
// are in memory: after a restart each is tried once more.
import { PeriodicTask } from '../jobs/periodic-task.ts';
import type { Logger } from '../log.ts';
import type { SegmentRows } from './segment-rows.ts';
import type { ByteStore } from './store/byte-store.ts';

const EVERY_MS = 1_000;
const BATCH_SIZE = 100;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 3_600_000;
// A store that refuses so many refuses all: the round ends with the first one beyond them.
const MOST_REMEMBERED = 10_000;
const MOST_LOGGED = 10;

interface Refused {
  readonly waitMs: number;
  readonly dueAt: number;
}

type Rows = Pick<SegmentRows, 'findDiscarded' | 'deleteDiscarded'>;
type Store = Pick<ByteStore, 'removeSegment'>;

export class DiscardedSegments {
  readonly #rows: Rows;
  readonly #store: Store;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #refused = new Map<string, Refused>();
  /** Lines in this round. */
  #logged = 0;
  /** More were refused than are remembered. */
  #isHopeless = false;

  /** @param now milliseconds on a clock that only goes forward */
  constructor(rows: Rows, store: Store, log: Logger, now: () => number) {
    this.#rows = rows;
    this.#store = store;
    this.#log = log;
    this.#now = now;
  }

  /** Segments that the store did not remove when it was last asked. */
  get refused(): number {
    return this.#refused.size;
  }

  watch(): PeriodicTask {
    const options = { name: 'discarded segments', everyMs: EVERY_MS, log: this.#log };
    return new PeriodicTask(options, (signal) => this.removeAll(signal));
  }

  /** Tries each segment that is due once. */
  async removeAll(signal: AbortSignal): Promise<void> {
    this.#logged = 0;
    this.#isHopeless = false;
    let after: string | null = null;
    for (;;) {
      const ids: string[] = await this.#rows.findDiscarded(BATCH_SIZE, after);
      const removed: string[] = [];
      for (const id of ids) if (!this.#isHopeless && this.#isDue(id) && (await this.#remove(id))) removed.push(id);
      if (removed.length > 0) await this.#rows.deleteDiscarded(removed);
      after = ids.at(-1) ?? null;
      if (ids.length < BATCH_SIZE || signal.aborted || this.#isHopeless) return;
    }
  }

  #isDue(id: string): boolean {
    const refused = this.#refused.get(id);
    return refused === undefined || refused.dueAt <= this.#now();
  }

  async #remove(id: string): Promise<boolean> {
    try {
      await this.#store.removeSegment(id);
      this.#refused.delete(id);
      return true;
    } catch (error) {
      this.#putOff(id, error);
      return false;
    }
  }

  #putOff(id: string, error: unknown): void {
    const before = this.#refused.get(id);
    const waitMs = before === undefined ? FIRST_WAIT_MS : Math.min(before.waitMs * 2, LONGEST_WAIT_MS);
    if (before !== undefined || this.#refused.size < MOST_REMEMBERED) {
      this.#refused.set(id, { waitMs, dueAt: this.#now() + waitMs });
    } else this.#isHopeless = true;
    this.#logged += 1;
    if (this.#logged > MOST_LOGGED) return;
    this.#log.warn({ err: error, segment: id, waitMs, refused: this.refused }, 'a discarded segment cannot be removed');
  }
}
