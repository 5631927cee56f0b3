// Transfer rate over the last seconds, and the time left.

const WINDOW_MS = 5_000;
const MIN_SPAN_MS = 300;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

export class Meter {
  #samples: Sample[] = [];

  /** `bytes`: total so far; fewer than before means that sending restarted. `at`: milliseconds. */
  add(bytes: number, at: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && bytes < last.bytes) this.#samples = [];
    this.#samples.push({ at, bytes });
    // Keep one sample older than the window, so that the window is full.
    while ((this.#samples[1]?.at ?? at) < at - WINDOW_MS) this.#samples.shift();
  }

  /** Bytes per second; null until known. Falls while nothing arrives. */
  rate(now: number): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || now - first.at < MIN_SPAN_MS) return null;
    return ((last.bytes - first.bytes) / (now - first.at)) * 1_000;
  }

  get hasSamples(): boolean {
    return this.#samples.length > 0;
  }

  /** Seconds for `bytes` more; null until known. */
  secondsLeft(bytes: number, now: number): number | null {
    const rate = this.rate(now);
    return rate === null || rate === 0 ? null : bytes / rate;
  }
}
