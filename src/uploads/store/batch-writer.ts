// Collects the small chunks of a socket and writes them to a file in batches; the next is collected while one is written.
// What is written is freed at once. Left to the garbage collector, 500 MiB of chunks a second make it mark the whole heap
// several times a second: that took 1.2 of the 3.0 ms of processor time for each MiB uploaded (docs/adr/0028).
import type { FileHandle } from 'node:fs/promises';
import { asStoreError } from './disk-errors.ts';

const BATCH_BYTES = 512 * 1024;
// The most one writev takes (IOV_MAX of Linux).
const BATCH_CHUNKS = 1024;

type Target = Pick<FileHandle, 'writev'>;

export class BatchWriter {
  readonly #handle: Target;
  #written: number;
  #collected: Uint8Array[] = [];
  #collectedBytes = 0;
  #failure: Error | undefined;
  /** The last batch begun; it resolves even when it failed. */
  #lastBatch: Promise<void> = Promise.resolve();

  /** Writes from position `at` of the file on. */
  constructor(handle: Target, at: number) {
    this.#handle = handle;
    this.#written = at;
  }

  /** How far the file is written without a gap. */
  get written(): number {
    return this.#written;
  }

  /** After a failure nothing more is written. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Takes a chunk over. Resolves when more may come: at most one batch is then being written. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#throwFailure();
    if (chunk.byteLength === 0) return;
    this.#collected.push(chunk);
    this.#collectedBytes += chunk.byteLength;
    if (this.#collectedBytes < BATCH_BYTES && this.#collected.length < BATCH_CHUNKS) return;
    const earlier = this.#lastBatch;
    void this.#beginBatch();
    await earlier;
  }

  /** Resolves when all that came before is written, though not yet durable. */
  async flush(): Promise<void> {
    await this.#beginBatch();
    this.#throwFailure();
  }

  /** Drops what is collected and waits until nothing uses the file. */
  async stop(): Promise<void> {
    this.#collected = [];
    await this.#lastBatch;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #beginBatch(): Promise<void> {
    const batch = this.#collected;
    this.#collected = [];
    this.#collectedBytes = 0;
    this.#lastBatch = this.#lastBatch.then(() => this.#writeBatch(batch));
    return this.#lastBatch;
  }

  async #writeBatch(batch: readonly Uint8Array[]): Promise<void> {
    try {
      for (let rest = batch; rest.length > 0 && this.#failure === undefined;) {
        const { bytesWritten } = await this.#handle.writev(rest, this.#written);
        this.#written += bytesWritten;
        rest = dropBytes(rest, bytesWritten);
      }
      batch.forEach(free);
    } catch (error) {
      this.#failure = asStoreError(error);
    }
  }
}

/** A chunk that is only a part of its memory shares it with others. */
function free({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** What is left to write: a disk that fills up may take half a chunk. */
function dropBytes(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let toDrop = count;
  return chunks.flatMap((chunk) => {
    const dropped = Math.min(toDrop, chunk.byteLength);
    toDrop -= dropped;
    return dropped === chunk.byteLength ? [] : [chunk.subarray(dropped)];
  });
}
