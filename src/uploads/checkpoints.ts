// Checkpoints of a running upload: work done beside the writing, one at a time, a while after the one before has ended.
export class Checkpoints {
  readonly #now: () => number;
  readonly #everyMs: number;
  #running: Promise<void> | undefined;
  #lastAt: number;
  /** The first error of any of them. */
  failure: Error | undefined;

  /** @param now milliseconds on a clock that only goes forward */
  constructor(now: () => number, everyMs: number) {
    this.#now = now;
    this.#everyMs = everyMs;
    this.#lastAt = now();
  }

  isDue(): boolean {
    return this.#running === undefined && this.#now() - this.#lastAt >= this.#everyMs;
  }

  /** Call while none runs. */
  run(work: () => Promise<void>): void {
    this.#running = work()
      .catch((error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error('a checkpoint failed', { cause: error });
      })
      .finally(() => {
        this.#running = undefined;
        this.#lastAt = this.#now();
      });
  }

  /** Resolves once none runs. */
  async settle(): Promise<void> {
    await this.#running;
  }
}
