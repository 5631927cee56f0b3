// Wakes whoever waits. A waiter registers first and reads then: a ring between the two is remembered, so none is lost.

export interface Waiter {
  /** Resolves when the bell has rung since this last resolved, or the signal is aborted. */
  next(): Promise<void>;
  /** Lets this waiter's `next` resolve, and nobody else's. */
  nudge(): void;
  leave(): void;
}

export class Bell {
  readonly #waiters = new Set<() => void>();

  get waiting(): number {
    return this.#waiters.size;
  }

  ring(): void {
    for (const wake of this.#waiters) wake();
  }

  enter(signal: AbortSignal): Waiter {
    let rung = signal.aborted;
    let resolve: (() => void) | undefined;
    const wake = (): void => {
      rung = true;
      resolve?.();
    };
    this.#waiters.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    return {
      next: async () => {
        if (!rung) await new Promise<void>((done) => (resolve = done));
        rung = signal.aborted;
        resolve = undefined;
      },
      nudge: wake,
      leave: () => {
        this.#waiters.delete(wake);
        signal.removeEventListener('abort', wake);
      },
    };
  }
}
