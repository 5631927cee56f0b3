// How fast bytes arrive, over the last seconds.

const WINDOW_MS = 5_000;
/** What is measured over less says nothing. */
const LEAST_MS = 500;

export class Meter {
  readonly #samples: { readonly at: number; readonly bytes: number }[] = [];

  /** @param at milliseconds */
  add(bytes: number, at = performance.now()): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && bytes < last.bytes) this.reset();
    if (bytes !== last?.bytes) this.#samples.push({ at, bytes });
    while (this.#samples.length > 2 && this.#samples[1]!.at < at - WINDOW_MS) this.#samples.shift();
  }

  reset(): void {
    this.#samples.length = 0;
  }

  /** Null while it is not known. */
  get bytesPerSecond(): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < LEAST_MS) return null;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1_000;
  }
}

/** Null while it is not known. */
export const etaOf = (left: number, bytesPerSecond: number | null): number | null => {
  if (left <= 0) return 0;
  return bytesPerSecond === null || bytesPerSecond <= 0 ? null : left / bytesPerSecond;
};
