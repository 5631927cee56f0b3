// Writes one segment into a local file. Nothing counts as durable before fdatasync has said so once, and for a new file
// before its directory is on disk too.
import type { FileHandle } from 'node:fs/promises';
import { BatchWriter } from './batch-writer.ts';
import type { SegmentWriter } from './byte-store.ts';
import { asStoreError } from './disk-errors.ts';
import { syncDirectory } from './sync-directory.ts';

export class FileSegmentWriter implements SegmentWriter {
  readonly #handle: FileHandle;
  readonly #batches: BatchWriter;
  /** Where the file is new; undefined: its entry is on disk. */
  readonly #newIn: string | undefined;
  #entry: Promise<void> | undefined;
  #durable: number;
  #syncFailure: Error | undefined;

  /** Writes behind the first `at` bytes, which are durable. */
  constructor(handle: FileHandle, at: number, newIn?: string) {
    this.#handle = handle;
    this.#batches = new BatchWriter(handle, at);
    this.#newIn = newIn;
    this.#durable = at;
  }

  get failure(): Error | undefined {
    return this.#syncFailure ?? this.#batches.failure;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
    await this.#batches.write(chunk);
  }

  async sync(): Promise<number> {
    await this.#batches.flush();
    await this.#makeDurable();
    return this.#durable;
  }

  async seal(): Promise<number> {
    try {
      // What could not be written leaves what could: that much is saved.
      await this.#batches.flush().catch(() => {});
      await this.#makeDurable().catch(() => {});
      return this.#durable;
    } finally {
      await this.#close();
    }
  }

  async abandon(): Promise<void> {
    await this.#batches.stop();
    await this.#close();
  }

  async #makeDurable(): Promise<void> {
    const { written } = this.#batches;
    try {
      await Promise.all([this.#handle.datasync(), this.#syncEntry()]);
    } catch (error) {
      this.#syncFailure ??= asStoreError(error);
    }
    // The kernel reports a failed write-back once and then forgets it: a later success means nothing.
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
    this.#durable = Math.max(this.#durable, written);
  }

  async #syncEntry(): Promise<void> {
    if (this.#newIn !== undefined) await (this.#entry ??= syncDirectory(this.#newIn));
  }

  /** What is durable is so already; an error of close changes nothing. */
  async #close(): Promise<void> {
    await this.#handle.close().catch(() => {});
  }
}
