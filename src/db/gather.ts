// Brings calls of the same moment together in one statement. While two of them run, whatever arrives waits for the next: a lone call
// waits for nothing but the rest of its turn of the event loop, and a crowd shares round trips and commits. Two, so that one
// connection that has gone silent does not stop everybody for as long as a command may take. The statement is for all those whose
// calls it answers (src/db/scope.ts).
import { type Scope, currentScope, inScope, uniteScopes } from './scope.ts';

interface Entry<Item, Result> {
  readonly item: Item;
  readonly scope: Scope | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface GatherOptions {
  /** Items of one statement. */
  readonly most?: number;
  readonly atOnce?: number;
  /** Called when nothing waits or runs any more. */
  readonly onIdle?: () => void;
}

export class Gatherer<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #most: number;
  readonly #atOnce: number;
  readonly #onIdle: () => void;
  #waiting: Entry<Item, Result>[] = [];
  #running = 0;

  /** @param run sends one statement; its results are in the order of the items. When it throws, all of them fail */
  constructor(
    run: (items: readonly Item[]) => Promise<readonly Result[]>,
    { most = 256, atOnce = 2, onIdle = () => undefined }: GatherOptions = {},
  ) {
    this.#run = run;
    this.#most = most;
    this.#atOnce = atOnce;
    this.#onIdle = onIdle;
  }

  /** Resolves with the result of a statement that is sent after this call. */
  add(item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ item, scope: currentScope(), resolve, reject });
    if (this.#running < this.#atOnce) {
      this.#running += 1;
      // What other sockets brought in this turn of the event loop comes along.
      setImmediate(() => void this.#runAll());
    }
    return promise;
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#runSome(this.#waiting.splice(0, this.#most));
    this.#running -= 1;
    if (this.#running === 0) this.#onIdle();
  }

  async #runSome(entries: readonly Entry<Item, Result>[]): Promise<void> {
    try {
      const scope = uniteScopes(entries.map((entry) => entry.scope));
      const results = await inScope(scope, () => this.#run(entries.map(({ item }) => item)));
      for (const [at, { resolve }] of entries.entries()) resolve(results[at]!);
    } catch (error) {
      for (const { reject } of entries) reject(error);
    }
  }
}
