// A file that this worker has a lease on, from the claim until its processing has ended or it was given back.
import type { GivenFile } from '../queue/waiter.ts';

/** Why it is not worked on to the end: the lease is over, a client cancelled it, or this process stops. */
export type Interruption = 'lost' | 'cancelled' | 'stopping';

export interface Progress {
  /** 0 to 1. */
  readonly fraction: number;
  readonly message: string | null;
}

export class HeldFile {
  readonly claimed: GivenFile;
  /** When it came here; milliseconds of a monotonic clock, as all times here. */
  readonly since: number;
  /** The lease ends then at the earliest, unless it is extended. */
  until: number;
  /** Not told to anybody yet; null: nothing new. */
  progress: Progress | null = null;
  #interruption: Interruption | null = null;
  readonly #abort = new AbortController();

  constructor(claimed: GivenFile, now: number, leaseMs: number) {
    this.claimed = claimed;
    this.since = now;
    this.until = claimed.sentAt + leaseMs;
  }

  /** Null: it is worked on. */
  get interruption(): Interruption | null {
    return this.#interruption;
  }

  /** Aborted by an interruption. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The first one counts, except that a lease that is lost is lost. */
  interrupt(why: Interruption): void {
    if (this.#interruption === null || why === 'lost') this.#interruption = why;
    this.#abort.abort();
  }
}
