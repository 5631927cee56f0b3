// The last changes of the feed in memory, a bounded number of them: what live subscribers read, all from one copy.
import type { LoggedChange } from './change.ts';

export class Ring {
  readonly #capacity: number;
  /** By position modulo capacity. */
  readonly #slots: LoggedChange[] = [];
  #head: number;
  #oldest: number;

  /** Begins empty, just after position `head`. */
  constructor(capacity: number, head: number) {
    this.#capacity = capacity;
    this.#head = head;
    this.#oldest = head + 1;
  }

  /** The position of the newest change. */
  get head(): number {
    return this.#head;
  }

  get size(): number {
    return this.#head - this.#oldest + 1;
  }

  /** Appends the change that follows the head. */
  push(change: LoggedChange): void {
    if (change.position !== this.#head + 1) {
      throw new RangeError(`feed position ${change.position} does not follow ${this.#head}`);
    }
    this.#slots[change.position % this.#capacity] = change;
    this.#head = change.position;
    if (this.size > this.#capacity) this.#oldest += 1;
  }

  /** Whether everything after `position` is still here. */
  covers(position: number): boolean {
    return position >= this.#oldest - 1;
  }

  /** The change at a position between the oldest and the head. */
  at(position: number): LoggedChange | undefined {
    if (position < this.#oldest || position > this.#head) return undefined;
    return this.#slots[position % this.#capacity];
  }
}
