// How fast an upload is, over the last seconds.
const WINDOW_MS = 5_000;

export class RateMeter {
  readonly #points: { readonly at: number; readonly bytes: number }[] = [];

  /** @returns bytes a second; null until it is known */
  take(bytes: number, at: number = performance.now()): number | null {
    const last = this.#points.at(-1);
    // It was interrupted, and begins again further back or much later.
    if (last !== undefined && (bytes < last.bytes || at - last.at > WINDOW_MS)) this.#points.length = 0;
    this.#points.push({ at, bytes });
    while (this.#points.length > 2 && at - this.#points[0]!.at > WINDOW_MS) this.#points.shift();
    const first = this.#points[0]!;
    return at - first.at < 300 ? null : ((bytes - first.bytes) / (at - first.at)) * 1_000;
  }
}
