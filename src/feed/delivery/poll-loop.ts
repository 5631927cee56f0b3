// The loop of the poller: one turn at a time, whenever something is due, and at intervals anyway.
import { DomainError } from '../../errors.ts';
import { Signal } from './signal.ts';

/** The service stops: whoever waits for changes does so elsewhere. */
export class FeedStopped extends DomainError<'UNAVAILABLE'> {
  constructor() {
    super('UNAVAILABLE', 'The service is stopping; try again.');
  }
}

/** What a turn has to do. */
export interface Due {
  /** This replica has committed changes. */
  readonly committed: boolean;
  /** The head of the feed, as another replica notified. */
  readonly notifiedHead: number;
  /** Ask the database: a notification may have been lost. */
  readonly readState: boolean;
}

const NOTHING: Due = { committed: false, notifiedHead: 0, readState: false };

export class PollLoop {
  readonly #signal = new Signal();
  readonly #work: (due: Due) => Promise<void>;
  #due = NOTHING;
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();
  /** Settled after the next turn. */
  #turn = Promise.withResolvers<void>();

  /** @param work a turn; when it fails, the next is tried as if nothing had been */
  constructor(work: (due: Due) => Promise<void>) {
    this.#work = work;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** @param everyMs a turn asks the database at least so often, if it is `wanted` */
  start(everyMs: number, wanted: () => boolean): void {
    this.#running = this.#run(everyMs, wanted);
  }

  /** Resolves when the turn that is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#signal.raise();
    await this.#running;
    this.#turn.resolve();
  }

  add({ committed = false, notifiedHead = 0, readState = false }: Partial<Due>): void {
    const due = this.#due;
    this.#due = {
      committed: due.committed || committed,
      notifiedHead: Math.max(due.notifiedHead, notifiedHead),
      readState: due.readState || readState,
    };
    this.#signal.raise();
  }

  /**
   * Resolves when a turn has ended that began after this call and asked the database, or when the loop has stopped.
   * @throws what made the turn fail
   */
  async next(): Promise<void> {
    if (this.#isStopped) return;
    const { promise } = this.#turn;
    this.add({ readState: true });
    await promise;
  }

  async #run(everyMs: number, wanted: () => boolean): Promise<void> {
    const timer = setInterval(() => {
      if (wanted()) this.add({ readState: true });
    }, everyMs);
    for (;;) {
      await this.#signal.next();
      if (this.#isStopped) break;
      const due = this.#due;
      this.#due = NOTHING;
      const turn = this.#turn;
      this.#turn = Promise.withResolvers();
      turn.promise.catch(() => undefined); // nobody may be waiting for it
      await this.#work(due).then(turn.resolve, turn.reject);
    }
    clearInterval(timer);
  }
}
