// --limit-rate: how fast all uploads of one command together may send.
import { setTimeout as sleep } from 'node:timers/promises';

const BLOCKS_PER_SECOND = 4;

export class RateLimiter {
  readonly #bytesPerSecond: number;
  /** When the bytes taken so far have been sent at this rate, in milliseconds. */
  #freeAt = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Bytes to take at once, so that a slow upload still moves several times a second. */
  get blockBytes(): number {
    return Math.max(1, Math.floor(this.#bytesPerSecond / BLOCKS_PER_SECOND));
  }

  /** Resolves when this many bytes may be sent. */
  async take(bytes: number): Promise<void> {
    const now = performance.now();
    const startAt = Math.max(now, this.#freeAt);
    this.#freeAt = startAt + (bytes / this.#bytesPerSecond) * 1_000;
    if (startAt > now) await sleep(startAt - now);
  }
}
