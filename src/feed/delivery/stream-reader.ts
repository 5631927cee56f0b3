// Reads a stream item by item. It takes an item only while a `next` waits for one, so a busy reader holds none.
import type { Subscriber } from './live-stream.ts';

export class StreamReader<Item> implements Subscriber<Item> {
  readonly #waiting: PromiseWithResolvers<IteratorResult<Item, void>>[] = [];
  /** Wakes the `take` that waits for a `next`. */
  #wakeTake: () => void = () => undefined;
  #isOver = false;
  #failure: unknown = null;

  next(): Promise<IteratorResult<Item, void>> {
    const waiting = Promise.withResolvers<IteratorResult<Item, void>>();
    this.#waiting.push(waiting);
    if (this.#isOver) this.#settleAll();
    else this.#wakeTake();
    return waiting.promise;
  }

  offer(item: Item): boolean {
    const waiting = this.#waiting.shift();
    waiting?.resolve({ done: false, value: item });
    return waiting !== undefined;
  }

  async take(item: Item): Promise<void> {
    while (!this.#isOver && !this.offer(item)) await new Promise<void>((resolve) => (this.#wakeTake = resolve));
  }

  /** The first `next` that waits, or comes later, throws the failure; all others are done. */
  end(failure: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = failure;
    this.#wakeTake();
    this.#settleAll();
  }

  #settleAll(): void {
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (this.#failure === null) resolve({ done: true, value: undefined });
      else reject(this.#failure);
      this.#failure = null;
    }
  }
}
