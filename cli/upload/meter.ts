// How fast bytes go, over the last seconds, and how long the rest will take.

const WINDOW_MS = 5_000;
const LEAST_MS = 300;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

export class Meter {
  #samples: Sample[] = [];

  /** `bytes`: so many in all; fewer than before means that they begin anew. `at` in milliseconds. */
  add(bytes: number, at: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && bytes < last.bytes) this.#samples = [];
    this.#samples.push({ at, bytes });
    // One older than the window stays, so that the window is full.
    while ((this.#samples[1]?.at ?? at) < at - WINDOW_MS) this.#samples.shift();
  }

  /** Bytes a second; null until known. When nothing comes, it sinks. */
  rate(now: number): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || now - first.at < LEAST_MS) return null;
    return ((last.bytes - first.bytes) / (now - first.at)) * 1_000;
  }

  get hasSamples(): boolean {
    return this.#samples.length > 0;
  }

  /** For so many bytes more; null until known. */
  secondsLeft(bytes: number, now: number): number | null {
    const rate = this.rate(now);
    return rate === null || rate === 0 ? null : bytes / rate;
  }
}
