// How many files at once a webhook is sent: one until a receiver has answered, more with each success, fewer with each failure.
// One that fails again and again is only tried now and then, and costs next to nothing meanwhile.
import { backoffMs } from '../backoff.ts';

export const MOST_AT_ONCE = 8;
/** From so many failures in a row on, the webhook as a whole pauses. */
const TOLERATED = 5;
const MOST_PAUSE_MS = 60_000;

export class Pace {
  #atOnce = 1;
  #failures = 0;
  /** Milliseconds on the clock of this process. */
  #pausedUntil = -Infinity;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** @param running files that are being sent */
  allows(running: number, now: number): boolean {
    return running < this.#atOnce && this.#pausedUntil <= now;
  }

  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  noteSuccess(): void {
    this.#failures = 0;
    this.#atOnce = Math.min(MOST_AT_ONCE, this.#atOnce + 1);
  }

  /** @param isAnswered with a status: a receiver that is silent holds up more */
  noteFailure(now: number, isAnswered: boolean): void {
    this.#failures += 1;
    this.#atOnce = isAnswered ? Math.max(1, this.#atOnce - 1) : 1;
    const excess = this.#failures - TOLERATED;
    if (excess > 0) this.pause(now + Math.min(MOST_PAUSE_MS, backoffMs(excess, this.#random())));
  }

  pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }
}
