// One part of a segment on its way to S3, which asks for a part's length before its first byte. On disk and not in memory,
// because every upload has one or two; unlinked at once, so that the kernel removes it however this process ends.
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { BatchWriter } from '../batch-writer.ts';
import { asStoreError } from '../disk-errors.ts';

export class PartFile {
  readonly #handle: FileHandle;
  readonly #batches: BatchWriter;
  #size = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
    this.#batches = new BatchWriter(handle, 0);
  }

  static async create(): Promise<PartFile> {
    const path = join(tmpdir(), `waybill-part-${randomUUID()}`);
    try {
      const handle = await open(path, 'wx+', 0o600);
      await unlink(path);
      return new PartFile(handle);
    } catch (error) {
      throw asStoreError(error);
    }
  }

  /** Bytes written, including those on their way to the disk. */
  get size(): number {
    return this.#size;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.byteLength;
    await this.#batches.write(chunk);
  }

  /** Reads the whole part, which must not be empty. The file stays open. */
  async read(): Promise<Readable> {
    await this.#batches.flush();
    return this.#handle.createReadStream({ start: 0, end: this.#size - 1, autoClose: false });
  }

  async close(): Promise<void> {
    await this.#batches.stop();
    await this.#handle.close().catch(() => {});
  }
}
