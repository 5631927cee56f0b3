// Work that is repeated for as long as the program runs. Replicas need no leader for it: each round is idempotent, or takes
// a lock in the database.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';

export interface PeriodicTaskOptions {
  /** Names the task in the log. */
  readonly name: string;
  /** Milliseconds from the end of one round to the beginning of the next. */
  readonly everyMs: number;
  readonly log: Logger;
}

/** One round; it should end soon after the signal is aborted. */
export type Round = (signal: AbortSignal) => Promise<void>;

export class PeriodicTask {
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;

  constructor(options: PeriodicTaskOptions, round: Round) {
    this.#loop = this.#run(options, round);
  }

  /** Resolves when the current round has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run({ name, everyMs, log }: PeriodicTaskOptions, round: Round): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      // The next round tries again.
      await round(signal).catch((error: unknown) => log.warn({ err: error, task: name }, 'periodic task failed'));
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
