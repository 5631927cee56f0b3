// Writes one segment into a local file. Bytes count as durable after fdatasync, in a new file after its directory is synced
// too.
import type { FileHandle } from 'node:fs/promises';
import { BatchWriter } from '../batch-writer.ts';
import type { SegmentWriter } from '../byte-store.ts';
import { asStoreError } from '../disk-errors.ts';
import { syncDirectory } from './sync-directory.ts';

export class FileSegmentWriter implements SegmentWriter {
  readonly #handle: FileHandle;
  readonly #batches: BatchWriter;
  /** The directory of a new file; undefined: its entry is on disk. */
  readonly #newIn: string | undefined;
  #entry: Promise<void> | undefined;
  #durable: number;
  #syncFailure: Error | undefined;

  /** Writes after the first `at` bytes, which are durable. */
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
      // Saves as much as could be written.
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
    // The kernel reports a failed write-back once: a later success means nothing.
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
    this.#durable = Math.max(this.#durable, written);
  }

  async #syncEntry(): Promise<void> {
    if (this.#newIn !== undefined) await (this.#entry ??= syncDirectory(this.#newIn));
  }

  /** An error of close changes nothing about what is durable. */
  async #close(): Promise<void> {
    await this.#handle.close().catch(() => {});
  }
}
