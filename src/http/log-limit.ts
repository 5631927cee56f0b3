// Keeps requests from flooding the log: the same line at most once a minute, and a bounded number of lines.
const WINDOW_MS = 60_000;
const MAX_LINES = 100;

export class LogLimit {
  readonly #logged = new Set<string>();
  #since = performance.now();

  /** Whether the line may be logged now. */
  allows(line: string): boolean {
    const now = performance.now();
    if (now - this.#since >= WINDOW_MS) {
      this.#since = now;
      this.#logged.clear();
    }
    if (this.#logged.has(line) || this.#logged.size >= MAX_LINES) return false;
    this.#logged.add(line);
    return true;
  }
}
