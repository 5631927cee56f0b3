// The last changes of the feed, bounded in number and in what they weigh: one copy in memory from which all live streams
// read.
import type { LoggedChange } from '../change.ts';
import { type Place, placeOf } from '../place.ts';
import { bytesOf } from '../weight.ts';

/** What the changes may take together. By number alone, 8,192 changes of files with 16 kB of metadata took 130 MiB or twice that. */
const DEFAULT_BYTES = 32 * 2 ** 20;

export class RingBuffer {
  readonly #capacity: number;
  readonly #maxBytes: number;
  /** By position modulo capacity; undefined: dropped. */
  readonly #slots: (LoggedChange | undefined)[] = [];
  /** The place before the oldest change. */
  #base: Place;
  #place: Place;
  #bytes = 0;

  /** Begins empty, just after `place`. */
  constructor(capacity: number, place: Place, maxBytes = DEFAULT_BYTES) {
    this.#capacity = capacity;
    this.#maxBytes = maxBytes;
    this.#base = place;
    this.#place = place;
  }

  /** The place of the newest change. */
  get place(): Place {
    return this.#place;
  }

  /** The position of the newest change. */
  get head(): number {
    return this.#place.position;
  }

  get #oldest(): number {
    return this.#base.position + 1;
  }

  /** Drops everything, and begins anew just after `place`. */
  reset(place: Place): void {
    this.#slots.length = 0;
    this.#bytes = 0;
    this.#base = place;
    this.#place = place;
  }

  get size(): number {
    return this.head - this.#base.position;
  }

  /** Appends the change that follows the head, and drops the oldest where there is no room. The newest always stays. */
  push(change: LoggedChange): void {
    if (change.position !== this.head + 1) {
      throw new RangeError(`feed position ${change.position} does not follow ${this.head}`);
    }
    if (this.size === this.#capacity) this.#dropOldest();
    this.#slots[change.position % this.#capacity] = change;
    this.#place = placeOf(change);
    this.#bytes += bytesOf(change);
    while (this.#bytes > this.#maxBytes && this.size > 1) this.#dropOldest();
  }

  #dropOldest(): void {
    const at = this.#oldest % this.#capacity;
    const oldest = this.#slots[at]!;
    this.#bytes -= bytesOf(oldest);
    this.#slots[at] = undefined;
    this.#base = placeOf(oldest);
  }

  /** Whether everything after `position` is still here. */
  covers(position: number): boolean {
    return position >= this.#base.position;
  }

  /** Whether another change stands, or stood, at this place: the log was taken back in between. */
  contradicts({ position, fingerprint }: Place): boolean {
    const here = position === this.#base.position ? this.#base : this.at(position);
    return here !== undefined && here.fingerprint !== fingerprint;
  }

  /** The change at a position between the oldest and the head. */
  at(position: number): LoggedChange | undefined {
    if (position < this.#oldest || position > this.head) return undefined;
    return this.#slots[position % this.#capacity];
  }
}
