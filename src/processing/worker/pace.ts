// How many files a worker claims beyond those it can run at once. Files that take a second are claimed when there is room
// for them, so that they do not wait here while another worker has nothing to do; files that take no time are claimed by the
// hundred, because a claim costs a commit.

/** What waits here should be begun within this time. */
const AHEAD_MS = 100;
const MOST_AHEAD = 256;
/** The share of the newest file in the average. */
const WEIGHT = 0.1;

export class Pace {
  readonly #concurrency: number;
  /** Milliseconds that the processors need for a file, on average; null: not known yet. */
  #runMs: number | null = null;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** Files that may wait here. */
  get ahead(): number {
    if (this.#runMs === null) return 0;
    return Math.floor(Math.min(MOST_AHEAD, (this.#concurrency * AHEAD_MS) / Math.max(this.#runMs, 0.01)));
  }

  /** Call after each run. */
  note(runMs: number): void {
    this.#runMs = this.#runMs === null ? runMs : this.#runMs + WEIGHT * (runMs - this.#runMs);
  }
}
