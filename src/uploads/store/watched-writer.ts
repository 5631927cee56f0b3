// The writer of a segment of a watched store: its failures are noted once, and presented as the store presents them.
import type { SegmentWriter } from './byte-store.ts';

export class WatchedWriter implements SegmentWriter {
  readonly #inner: SegmentWriter;
  readonly #note: (error: unknown) => Error;
  #failure: Error | undefined;

  constructor(inner: SegmentWriter, note: (error: unknown) => Error) {
    this.#inner = inner;
    this.#note = note;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#inner.write(chunk).catch((error: unknown) => this.#fail(error));
  }

  async sync(): Promise<number> {
    return await this.#inner.sync().catch((error: unknown) => this.#fail(error));
  }

  async seal(): Promise<number> {
    const bytes = await this.#inner.seal();
    if (this.#inner.failure !== undefined) this.#failure ??= this.#note(this.#inner.failure);
    return bytes;
  }

  async abandon(): Promise<void> {
    await this.#inner.abandon();
  }

  #fail(error: unknown): never {
    throw (this.#failure ??= this.#note(error));
  }
}
