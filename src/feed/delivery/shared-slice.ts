// The time that all streams that are behind may take of a turn of the event loop together. With a slice each, 3,000 that resume at
// once took seconds before the poller had its turn.
import { SLICE_MS } from './time-slice.ts';

export class SharedSlice {
  /** Those that wait for a later turn, in their order. */
  readonly #waiting: (() => void)[] = [];
  /** Since the event loop has last turned. */
  #hasBegun = false;
  #ends = 0;

  /** Whether there is time left in this turn of the event loop. */
  hasTime(): boolean {
    if (!this.#hasBegun) this.#begin();
    return performance.now() <= this.#ends;
  }

  /** Lets everything else run that is due, and those that wait already. Resolves when it is the caller's turn. */
  async next(): Promise<void> {
    if (!this.#hasBegun) this.#begin();
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #begin(): void {
    this.#hasBegun = true;
    this.#ends = performance.now() + SLICE_MS;
    setImmediate(() => this.#end());
  }

  /** The next slice is the next one's, if somebody waits. */
  #end(): void {
    this.#hasBegun = false;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#begin();
    next();
  }
}
