// Follows the feed from a position: live from the ring; behind the ring, page by page from the table until caught up.
// A follower holds a position and nothing else, so a slow one costs no memory and slows nobody.
import type { Pool } from 'pg';
import { type ChangeFilter, type LoggedChange, matches } from './change.ts';
import { CursorError, encodeCursor } from './cursor.ts';
import { readChanges, readFeedState } from './log-reader.ts';
import type { Pump } from './pump.ts';
import type { Waiter } from './bell.ts';

const PAGE = 200;

/** A position in the feed that moves forward. */
export class Follower {
  readonly #pump: Pump;
  readonly #pool: Pool;
  readonly tenant: string;
  readonly filter: ChangeFilter;
  /** Everything up to here has been seen. */
  position: number;

  constructor(pump: Pump, pool: Pool, tenant: string, filter: ChangeFilter, position: number) {
    this.#pump = pump;
    this.#pool = pool;
    this.tenant = tenant;
    this.filter = filter;
    this.position = position;
  }

  /** Nothing up to there matches. */
  skipTo(position: number): void {
    this.position = Math.max(this.position, position);
  }

  /** Yields what matches, in feed order, until nothing more is known; ends there. */
  async *drain(signal: Pick<AbortSignal, 'aborted'>): AsyncGenerator<LoggedChange, void> {
    const { ring } = this.#pump;
    while (!signal.aborted) {
      if (!ring.covers(this.position)) {
        yield* this.#drainPage();
        continue;
      }
      const change = ring.at(this.position + 1);
      if (change === undefined) return;
      this.position = change.position;
      if (this.#matches(change)) yield change;
    }
  }

  async *#drainPage(): AsyncGenerator<LoggedChange, void> {
    const page = await readChanges(this.#pool, this.position, PAGE);
    // Checked after the page was read: a cut that came in between is seen, and one that came later did not hurt it.
    const { trimmed, feedId } = await readFeedState(this.#pool);
    if (this.position < trimmed) throw expired(feedId, trimmed);
    for (const change of page) {
      this.position = change.position;
      if (this.#matches(change)) yield change;
    }
  }

  #matches({ tenant, kind, fileId, file }: LoggedChange): boolean {
    return tenant === this.tenant && matches(this.filter, kind, fileId, file.state);
  }
}

export function expired(feedId: string, trimmed: number): CursorError {
  const oldest = encodeCursor(feedId, trimmed);
  return new CursorError('CURSOR_EXPIRED', 'The log no longer reaches back to this cursor.', oldest);
}

/** Yields every change that matches, for ever: drains, waits to be woken, drains again. */
export async function* follow(
  follower: Follower,
  waiter: Waiter,
  signal: AbortSignal,
): AsyncGenerator<LoggedChange, void> {
  while (!signal.aborted) {
    yield* follower.drain(signal);
    await waiter.next();
  }
}
