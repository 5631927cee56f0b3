// Delivers the changes that match to one subscriber, each once and in order. While the subscriber takes every change at
// once, the stream is live: the router calls it. When the subscriber refuses a change, the stream falls behind: it reads
// on from its own position, in the ring buffer or page by page in the table, as fast as the subscriber takes, until it is
// live again. So a slow subscriber costs a position and at most one page, and does not slow others.
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import { type ChangeFilter, type Interest, type LoggedChange, factsOf, matches, mayConcern } from '../change.ts';
import type { CursorError } from '../cursor.ts';
import { type Place, placeOf } from '../place.ts';
import type { CaughtUp } from './catch-ups.ts';
import { LiveStream } from './live-stream.ts';
import type { RingBuffer } from './ring-buffer.ts';
import type { ChangeSubscriber, Router } from './router.ts';
import type { SharedSlice } from './shared-slice.ts';

/** Where a stream gets its changes. */
export interface ChangeSource {
  readonly router: Router;
  readonly ring: RingBuffer;
  /**
   * Reads changes that the ring buffer has overwritten, from the table.
   * @throws CursorError CURSOR_EXPIRED when they were pruned, FEED_FORKED when the log was taken back
   */
  readonly readBehind: (interest: Interest, after: Place) => Promise<CaughtUp>;
  /** Of all streams that are behind. */
  readonly slice: SharedSlice;
  /** Resolves when the ring buffer has read up to a position, or has begun anew. */
  readonly reach: (position: number) => Promise<void>;
  /** FEED_FORKED. */
  readonly forked: () => CursorError;
  /** CURSOR_EXPIRED, for a change that cannot be delivered: its place is the oldest that one can go on from. */
  readonly undeliverable: (place: Place) => CursorError;
}

/** What a stream is of, and where it begins: after `place`. */
export interface StreamStart extends Interest {
  readonly place: Place;
}

/** What a stream makes of the changes that match. */
export interface Projection<Item> {
  /** Delivered before any change, or null. */
  readonly first: Item | null;
  /** The item to deliver for a change; null: none. */
  itemOf(change: LoggedChange): Item | null;
  /** Whether the stream ends at this change, without delivering it. */
  isEnd(change: LoggedChange): boolean;
}

export const EVERY_CHANGE: Projection<LoggedChange> = { first: null, itemOf: (change) => change, isEnd: () => false };

/** The file as it was read, then as of every later change, until it is deleted. */
export const snapshotThenTail = (snapshot: FileSnapshot): Projection<FileSnapshot> => ({
  first: snapshot,
  // The snapshot may be ahead of the feed.
  itemOf: ({ version, file }) => (version > snapshot.version ? file : null),
  isEnd: ({ kind }) => kind === 'DELETED',
});

export class ChangeStream<Item> extends LiveStream<Item> implements ChangeSubscriber {
  readonly tenant: string;
  readonly filter: ChangeFilter;
  readonly #source: ChangeSource;
  readonly #projection: Projection<Item>;
  #place: Place;
  #isLive = false;

  constructor(source: ChangeSource, { tenant, filter, place }: StreamStart, projection: Projection<Item>) {
    super();
    this.tenant = tenant;
    this.filter = filter;
    this.#source = source;
    this.#projection = projection;
    this.#place = place;
  }

  /** Every matching change up to here was delivered. */
  get place(): Place {
    const { place } = this.#source.router;
    return this.#isLive && place.position > this.#place.position ? place : this.#place;
  }

  /**
   * Delivers items that are not in the log.
   * @returns false while the stream is behind: nothing was delivered, try again later
   */
  insert(items: readonly Item[]): boolean {
    if (!this.#isLive) return false;
    this.#place = this.place;
    void this.#catchUp(items);
    return true;
  }

  onChange(change: LoggedChange): void {
    if (!this.#isLive || change.position <= this.#place.position) return;
    try {
      this.#requireReadable(change);
      if (this.#projection.isEnd(change)) return this.end(null);
      const item = this.#projection.itemOf(change);
      if (item === null || this.subscriber!.offer(item)) this.#place = placeOf(change);
      else this.#fallBehind();
    } catch (error) {
      this.end(error);
    }
  }

  onOverrun(place: Place): void {
    if (!this.#isLive) return;
    if (place.position > this.#place.position) this.#place = place;
    this.#fallBehind();
  }

  onEnd(failure: CursorError | null): void {
    this.end(failure);
  }

  protected override start(): void {
    const { first } = this.#projection;
    this.#source.router.add(this);
    void this.#catchUp(first === null ? [] : [first]);
  }

  protected override leave(): void {
    this.#isLive = false;
    this.#source.router.remove(this);
  }

  #fallBehind(): void {
    this.#place = this.place;
    void this.#catchUp([]);
  }

  /** Delivers these items and then every change that is left. */
  async #catchUp(items: readonly Item[]): Promise<void> {
    this.#isLive = false;
    try {
      for (const item of items) {
        if (!this.isOver && !this.subscriber!.offer(item)) await this.subscriber!.take(item);
      }
      await this.#readOn();
    } catch (error) {
      this.end(error);
    }
  }

  async #readOn(): Promise<void> {
    const { ring, readBehind, reach, slice } = this.#source;
    while (!this.isOver) {
      if (!slice.hasTime()) await slice.next();
      const { position } = this.#place;
      // A page of the table may be ahead of the ring buffer. Live from there, the stream would not notice if the log was taken
      // back before the ring buffer has come so far.
      if (position > ring.head) await reach(position);
      if (position > ring.head || ring.contradicts(this.#place)) throw this.#source.forked();
      const next = ring.covers(position) ? ring.at(position + 1) : null;
      if (next === undefined) {
        // No await since the ring buffer was asked, or a change in between would be neither read nor delivered.
        this.#isLive = true;
        return;
      }
      const read = next === null ? await readBehind(this, this.#place) : { changes: [next], upTo: placeOf(next) };
      for (const change of read.changes) {
        if (this.isOver) return;
        if (this.#matches(change)) {
          await this.#take(change);
          if (!slice.hasTime()) await slice.next();
        }
        this.#place = placeOf(change);
      }
      if (!this.isOver) this.#place = read.upTo;
    }
  }

  #matches(change: LoggedChange): boolean {
    this.#requireReadable(change);
    return change.isDamaged !== true && change.tenant === this.tenant && matches(this.filter, factsOf(change));
  }

  #requireReadable(change: LoggedChange): void {
    if (change.isDamaged === true && mayConcern(this, change)) throw this.#source.undeliverable(placeOf(change));
  }

  async #take(change: LoggedChange): Promise<void> {
    if (this.#projection.isEnd(change)) return this.end(null);
    const item = this.#projection.itemOf(change);
    if (item !== null) await this.subscriber!.take(item);
  }
}
