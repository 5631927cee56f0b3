// The requests of one webhook that are under way, or wait for their turn.
import type { RequestTurns } from './request-turns.ts';
import { settledWithin } from './settled-within.ts';

export interface RequestsOptions {
  readonly turns: RequestTurns;
  readonly tenant: string;
  /** Sends what is next by now: a request that waits for its turn holds up no file. Must not throw. */
  readonly sendNext: () => Promise<void>;
  /** A request has ended. */
  readonly onEnd: () => void;
}

export class Requests {
  readonly #options: RequestsOptions;
  readonly #all = new Set<Promise<void>>();
  #running = 0;
  #waiting = 0;
  #hasFirst = false;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Those whose turn has come. */
  get running(): number {
    return this.#running;
  }

  /** What counts when another is to begin: where none has the first turn, it is not kept from it by those that wait. */
  get counted(): number {
    return this.#running + this.#counting;
  }

  /** Whether there is more to send than what those that wait will take. @param ready what there is to send */
  mayTake(ready: number): boolean {
    return ready > this.#counting;
  }

  get #counting(): number {
    return this.#hasFirst ? this.#waiting : 0;
  }

  begin(): void {
    const { turns, tenant, sendNext, onEnd } = this.#options;
    const isFirst = !this.#hasFirst;
    if (isFirst) this.#hasFirst = true;
    this.#waiting += 1;
    const request: Promise<void> = turns
      .take(tenant, isFirst, () => {
        this.#waiting -= 1;
        this.#running += 1;
        return sendNext();
      })
      .finally(() => {
        this.#running -= 1;
        if (isFirst) this.#hasFirst = false;
        this.#all.delete(request);
        onEnd();
      });
    this.#all.add(request);
  }

  /** Resolves when all have ended, or after a time in milliseconds. */
  async settled(ms: number): Promise<void> {
    await settledWithin(ms, this.#all);
  }
}
