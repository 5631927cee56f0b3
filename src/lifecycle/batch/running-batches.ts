// How long the batches that run now have been at work, and how long they have heard nothing from PostgreSQL: readiness looks
// at the latter. A batch that waits for a row is old, but a server that works answers each of its statements in time.

interface Running {
  readonly begunAt: number;
  heardAt: number;
}

/** Called when PostgreSQL has answered. */
export type OnAnswer = () => void;

export class RunningBatches {
  /** Oldest first. */
  readonly #running = new Set<Running>();

  /** Milliseconds; 0 when none runs. */
  get oldestMs(): number {
    const [oldest] = this.#running;
    return oldest === undefined ? 0 : performance.now() - oldest.begunAt;
  }

  /** The longest that one has waited for an answer, in milliseconds; 0 when none runs. */
  get unansweredMs(): number {
    const now = performance.now();
    return Math.max(0, ...Array.from(this.#running, ({ heardAt }) => now - heardAt));
  }

  async run<Result>(batch: (onAnswer: OnAnswer) => Promise<Result>): Promise<Result> {
    const begunAt = performance.now();
    const running: Running = { begunAt, heardAt: begunAt };
    this.#running.add(running);
    try {
      return await batch(() => (running.heardAt = performance.now()));
    } finally {
      this.#running.delete(running);
    }
  }
}
