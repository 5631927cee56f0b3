// Wakes a loop. A raise while the loop is busy is remembered: a loop that looks for work after it wakes misses none.

export class Signal {
  #raised = Promise.withResolvers<void>();

  raise(): void {
    this.#raised.resolve();
  }

  /** Resolves when the signal has been raised since this last resolved. For one loop. */
  async next(): Promise<void> {
    await this.#raised.promise;
    this.#raised = Promise.withResolvers();
  }
}
