// Delivers each new change of the ring buffer to the subscribers that asked for it, in feed order. A subscriber never
// makes the router wait: one that cannot take a change catches up by itself (change-stream.ts).
import { type Interest, type LoggedChange, factsOf, matches, mayConcern } from '../change.ts';
import type { CursorError } from '../cursor.ts';
import { type Place, placeOf } from '../place.ts';
import { SubscriberIndex } from './subscriber-index.ts';
import type { RingBuffer } from './ring-buffer.ts';
import { TimeSlice } from './time-slice.ts';

export interface ChangeSubscriber extends Interest {
  /** Called with each matching change once, in order, from when the subscriber was added. Must not throw. */
  onChange(change: LoggedChange): void;
  /** Everything up to `place` was delivered; what came after was overwritten in the ring buffer. */
  onOverrun(place: Place): void;
  /** The feed has stopped (null), or cannot go on from where it was. */
  onEnd(failure: CursorError | null): void;
}

export class Router {
  readonly #ring: RingBuffer;
  readonly #subscribers = new Set<ChangeSubscriber>();
  readonly #index = new SubscriberIndex<ChangeSubscriber>();
  #place: Place;
  /** Counts how often the ring buffer began anew. */
  #epoch = 0;
  #isDelivering = false;
  #isStopped = false;

  constructor(ring: RingBuffer) {
    this.#ring = ring;
    this.#place = ring.place;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** Everything up to here has been delivered. */
  get place(): Place {
    return this.#place;
  }

  /** Changes that are in the ring buffer already may or may not be delivered: read them, and skip repeats. */
  add(subscriber: ChangeSubscriber): void {
    if (this.#isStopped) return subscriber.onEnd(null);
    this.#subscribers.add(subscriber);
    this.#index.add(subscriber);
  }

  remove(subscriber: ChangeSubscriber): void {
    if (this.#subscribers.delete(subscriber)) this.#index.remove(subscriber);
  }

  /** Call when changes were added to the ring buffer. */
  deliver(): void {
    if (!this.#isDelivering) void this.#deliverAll();
  }

  stop(): void {
    this.#isStopped = true;
    this.#endAll(null);
  }

  /** Ends every stream, and goes on from where the ring buffer begins anew. */
  restart(failure: CursorError): void {
    this.#epoch += 1;
    this.#place = this.#ring.place;
    this.#endAll(failure);
  }

  /** Those of now: a client that learns of it may subscribe again at once. */
  #endAll(failure: CursorError | null): void {
    const ending = Array.from(this.#subscribers);
    for (const subscriber of ending) subscriber.onEnd(failure);
  }

  async #deliverAll(): Promise<void> {
    this.#isDelivering = true;
    const slice = new TimeSlice();
    for (;;) {
      if (!this.#ring.covers(this.#place.position)) this.#skipOverrun();
      const change = this.#ring.at(this.#place.position + 1);
      if (change === undefined) break;
      const epoch = this.#epoch;
      for (const subscriber of this.#find(change)) {
        subscriber.onChange(change);
        if (slice.isOver) await slice.yieldToEventLoop();
        if (epoch !== this.#epoch) break;
      }
      if (epoch === this.#epoch) this.#place = placeOf(change);
    }
    this.#isDelivering = false;
  }

  *#find(change: LoggedChange): Iterable<ChangeSubscriber> {
    if (change.isDamaged === true) {
      for (const subscriber of this.#subscribers) if (mayConcern(subscriber, change)) yield subscriber;
      return;
    }
    const facts = factsOf(change);
    for (const subscribers of this.#index.find(change)) {
      for (const subscriber of subscribers) if (matches(subscriber.filter, facts)) yield subscriber;
    }
  }

  /** The ring buffer has overwritten changes before they could be delivered. */
  #skipOverrun(): void {
    for (const subscriber of this.#subscribers) subscriber.onOverrun(this.#place);
    this.#place = this.#ring.place;
  }
}
