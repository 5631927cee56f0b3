// The last changes of the feed, bounded in number and in what they weigh: one copy in memory from which all live streams
// read.
import { JSON_COLUMNS } from '../../entities/file-snapshot.ts';
import { JsonText } from '../../entities/json-text.ts';
import type { LoggedChange } from '../change.ts';

/**
 * Characters of JSON in all changes together, of one or two bytes each. By number alone, 8,192 changes of files with 16 kB
 * of metadata took 130 MiB or twice that.
 */
const MAX_WEIGHT = 16 * 2 ** 20;

/** What a client may make large: the rest of a change is some 2 kB at most. */
function weightOf({ file }: LoggedChange): number {
  const lengths = JSON_COLUMNS.map((column) => {
    const json = file[column];
    return json instanceof JsonText ? json.text.length : 0;
  });
  return lengths.reduce((sum, length) => sum + length, 0);
}

export class RingBuffer {
  readonly #capacity: number;
  /** By position modulo capacity; undefined: dropped. */
  readonly #slots: (LoggedChange | undefined)[] = [];
  #head: number;
  #oldest: number;
  #weight = 0;

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

  /** Appends the change that follows the head, and drops the oldest where there is no room. The newest always stays. */
  push(change: LoggedChange): void {
    if (change.position !== this.#head + 1) {
      throw new RangeError(`feed position ${change.position} does not follow ${this.#head}`);
    }
    if (this.size === this.#capacity) this.#dropOldest();
    this.#slots[change.position % this.#capacity] = change;
    this.#head = change.position;
    this.#weight += weightOf(change);
    while (this.#weight > MAX_WEIGHT && this.size > 1) this.#dropOldest();
  }

  #dropOldest(): void {
    const at = this.#oldest % this.#capacity;
    const oldest = this.#slots[at];
    if (oldest !== undefined) this.#weight -= weightOf(oldest);
    this.#slots[at] = undefined;
    this.#oldest += 1;
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
