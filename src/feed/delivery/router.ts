// Delivers each new change of the ring buffer to the subscribers that asked for it, in feed order. A subscriber never
// makes the router wait: one that cannot take a change catches up by itself (change-stream.ts).
import { type Interest, type LoggedChange, factsOf, matches } from '../change.ts';
import { SubscriberIndex } from './subscriber-index.ts';
import type { RingBuffer } from './ring-buffer.ts';
import { TimeSlice } from './time-slice.ts';

export interface ChangeSubscriber extends Interest {
  /** Called with each matching change once, in order, from when the subscriber was added. Must not throw. */
  onChange(change: LoggedChange): void;
  /** Everything up to `position` was delivered; what came after was overwritten in the ring buffer. */
  onOverrun(position: number): void;
  /** The feed has stopped. */
  onEnd(): void;
}

export class Router {
  readonly #ring: RingBuffer;
  readonly #subscribers = new Set<ChangeSubscriber>();
  readonly #index = new SubscriberIndex<ChangeSubscriber>();
  #position: number;
  #isDelivering = false;
  #isStopped = false;

  constructor(ring: RingBuffer) {
    this.#ring = ring;
    this.#position = ring.head;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** Everything up to here has been delivered. */
  get position(): number {
    return this.#position;
  }

  /** Changes that are in the ring buffer already may or may not be delivered: read them, and skip repeats. */
  add(subscriber: ChangeSubscriber): void {
    if (this.#isStopped) return subscriber.onEnd();
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
    for (const subscriber of this.#subscribers) subscriber.onEnd();
  }

  async #deliverAll(): Promise<void> {
    this.#isDelivering = true;
    const slice = new TimeSlice();
    for (;;) {
      if (!this.#ring.covers(this.#position)) this.#skipOverrun();
      const change = this.#ring.at(this.#position + 1);
      if (change === undefined) break;
      const facts = factsOf(change);
      for (const subscribers of this.#index.find(change)) {
        for (const subscriber of subscribers) {
          if (!matches(subscriber.filter, facts)) continue;
          subscriber.onChange(change);
          if (slice.isOver) await slice.yieldToEventLoop();
        }
      }
      this.#position = change.position;
    }
    this.#isDelivering = false;
  }

  /** The ring buffer has overwritten changes before they could be delivered. */
  #skipOverrun(): void {
    for (const subscriber of this.#subscribers) subscriber.onOverrun(this.#position);
    this.#position = this.#ring.head;
  }
}
