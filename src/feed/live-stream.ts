// A stream of the feed: read like any generator or, which costs far less, told to a listener.

/** Where a stream is told. */
export interface Listener<Item> {
  /** Takes an item at once, or says that it cannot. */
  offer(item: Item): boolean;
  /** Takes an item as soon as it can: resolves when it has, or never will. */
  take(item: Item): Promise<void>;
  /** There will be no more: something failed, or the stream is through (null). */
  end(failure: unknown): void;
}

/** Something that is held for as long as a stream lives. */
export interface Hold {
  release(): void;
}

export abstract class LiveStream<Item> implements AsyncGenerator<Item, void> {
  #reading: AsyncGenerator<Item, void> | undefined;
  #isOver = false;
  readonly #held: Hold[] = [];

  /** Tells everything to the listener, until there is no more or `return` is called. Not for a stream that is read. */
  abstract tell(listener: Listener<Item>): void;

  protected abstract read(): AsyncGenerator<Item, void>;

  /** Takes it off the feed. */
  protected abstract leave(): void;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Released once, when it is through, has failed, or nobody wants more of it. */
  hold(what: Hold): void {
    this.#held.push(what);
  }

  async next(): Promise<IteratorResult<Item, void>> {
    if (this.#isOver) return { done: true, value: undefined };
    try {
      const result = await (this.#reading ??= this.read()).next();
      if (result.done === true) this.finish();
      return result;
    } catch (error) {
      this.finish();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Item, void>> {
    this.finish();
    await this.#reading?.return();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<Item, void>> {
    await this.return();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @returns whether this is what ended it */
  protected finish(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.leave();
    for (const hold of this.#held) hold.release();
    return true;
  }
}

/** A stream that is made by a generator. Told, it goes on when its listener has taken an item, not before. */
export class GeneratedStream<Item> extends LiveStream<Item> {
  readonly #generate: () => AsyncGenerator<Item, void>;

  constructor(generate: () => AsyncGenerator<Item, void>) {
    super();
    this.#generate = generate;
  }

  override tell(listener: Listener<Item>): void {
    void this.#tellAll(listener);
  }

  protected override read(): AsyncGenerator<Item, void> {
    return this.#generate();
  }

  protected override leave(): void {}

  async #tellAll(listener: Listener<Item>): Promise<void> {
    try {
      for await (const item of this) await listener.take(item);
      listener.end(null);
    } catch (error) {
      listener.end(error);
    }
  }
}
