// A stream of the feed. It delivers items to one subscriber, at the pace of that subscriber.
import { StreamReader } from './stream-reader.ts';

/** The receiving end of a stream, such as a WebSocket subscription. */
export interface Subscriber<Item> {
  /** Takes the item now, or refuses it by returning false. A refused item comes again through `take`. */
  offer(item: Item): boolean;
  /** Takes the item as soon as it can. Resolves when it has, or when it never will. */
  take(item: Item): Promise<void>;
  /** Nothing more will come: the stream has ended (null) or failed. */
  end(failure: unknown): void;
}

/** Something that a stream releases when it ends. */
export interface Hold {
  release(): void;
}

const DONE: IteratorResult<never, void> = { done: true, value: undefined };

export abstract class LiveStream<Item> implements AsyncIterableIterator<Item, void> {
  protected subscriber: Subscriber<Item> | undefined;
  readonly #held: Hold[] = [];
  #reader: StreamReader<Item> | undefined;
  #isOver = false;

  /** Begins to deliver to `subscriber`. */
  protected abstract start(): void;

  /** Unregisters from whatever calls this stream. */
  protected abstract leave(): void;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Delivers every item until the stream ends or `return` is called. Call it once, and do not read the stream as well. */
  deliverTo(subscriber: Subscriber<Item>): void {
    if (this.#isOver) return;
    this.subscriber = subscriber;
    this.start();
  }

  /** Releases `what` once: when the stream ends, fails or is left. */
  hold(what: Hold): void {
    this.#held.push(what);
  }

  /** Reads the next item, for `for await`. Transports use `deliverTo`, which costs far less. */
  next(): Promise<IteratorResult<Item, void>> {
    if (this.#reader === undefined) {
      this.#reader = new StreamReader();
      if (this.#isOver) this.#reader.end(null);
      else this.deliverTo(this.#reader);
    }
    return this.#reader.next();
  }

  /** Leaves the stream: nothing more is delivered, and the subscriber's `end` is not called. */
  return(): Promise<IteratorResult<Item, void>> {
    this.#close();
    this.#reader?.end(null);
    return Promise.resolve(DONE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  protected end(failure: unknown): void {
    if (this.#close()) this.subscriber?.end(failure);
  }

  /** @returns false if the stream was over already */
  #close(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.leave();
    for (const hold of this.#held) hold.release();
    return true;
  }
}
