// Work that is done again and again for as long as the program runs. Replicas need no leader for it: what is repeated is
// idempotent, or guards itself in the database.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';

export interface RepeatOptions {
  /** Names the work in the log. */
  readonly name: string;
  /** Milliseconds from the end of one round to the beginning of the next. */
  readonly everyMs: number;
  readonly log: Logger;
}

/** One round; it should give up soon when the signal is aborted. */
export type Round = (signal: AbortSignal) => Promise<void>;

export class Repeat {
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;

  constructor(options: RepeatOptions, round: Round) {
    this.#loop = this.#run(options, round);
  }

  /** Resolves when the round that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run({ name, everyMs, log }: RepeatOptions, round: Round): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      // What went wrong once is tried again in the next round.
      await round(signal).catch((error: unknown) => log.warn({ err: error, work: name }, 'a repeated work failed'));
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
