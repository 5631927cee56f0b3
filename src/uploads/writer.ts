// Writes the bytes of one request: into the store, through the digest, and acknowledged in the row once they are durable.
// A request that breaks off keeps the bytes that arrived.
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import { hasTag } from '../fsm/tags.ts';
import { type ByteStore, BytesLost } from './store/byte-store.ts';
import { type AcknowledgeServices, acknowledge } from './acknowledge.ts';
import { Checkpoints } from './checkpoints.ts';
import { type Digest, DigestLost } from './digest/digest.ts';
import type { DigestThreads } from './digest/digest-threads.ts';
import type { KeptDigests } from './digest/kept-digests.ts';
import type { Lease } from './leases.ts';
import { SegmentAppender } from './segment-appender.ts';
import type { SegmentRows } from './segment-rows.ts';
import { type Checksum, requireMatch } from './tus/checksum.ts';
import { UploadError } from './upload-error.ts';

export interface UploadWriterServices extends AcknowledgeServices {
  readonly store: ByteStore;
  readonly rows: SegmentRows;
  readonly digests: KeptDigests;
  readonly threads: DigestThreads;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
  /** Milliseconds between two checkpoints while bytes arrive. */
  readonly checkpointMs: number;
}

export interface UploadTarget {
  readonly lease: Lease;
  readonly tenant: string;
  /** As read under the lease. */
  readonly file: FileSnapshot;
  /** Null: the request brought none. */
  readonly checksum: Checksum | null;
}

export class UploadWriter {
  readonly #services: UploadWriterServices;
  readonly #target: UploadTarget;
  readonly #segments: SegmentAppender;
  readonly #checkpoints: Checkpoints;
  readonly #size: number;
  /** Of all bytes of the file. */
  #digest: Digest | undefined;
  /** Of the bytes of this request, which are under a checksum. */
  #body: Digest | undefined;
  #file: FileSnapshot;

  constructor(services: UploadWriterServices, target: UploadTarget) {
    const { file, lease } = target;
    this.#services = services;
    this.#target = target;
    this.#file = file;
    this.#size = file.size ?? 0;
    this.#segments = new SegmentAppender(services.store, services.rows, lease, file.bytesReceived);
    this.#checkpoints = new Checkpoints(services.now, services.checkpointMs);
  }

  /**
   * Writes all that the source yields.
   * @returns the file afterwards; fewer bytes than declared may have arrived
   * @throws UploadError, StorageFull, BytesLost; what was durable by then is kept all the same
   */
  async write(source: AsyncIterable<Uint8Array>): Promise<FileSnapshot> {
    try {
      return await this.#writeAll(source);
    } finally {
      this.#digest?.drop();
      this.#body?.drop();
    }
  }

  async #writeAll(source: AsyncIterable<Uint8Array>): Promise<FileSnapshot> {
    const broken = await this.#takeAll(source);
    await this.#checkpoints.settle();
    const failure = broken ?? this.#checkpoints.failure;
    if (this.#digest === undefined) {
      if (failure !== undefined) throw failure;
      return this.#file; // no byte arrived
    }
    if (failure instanceof BytesLost) await this.#reportLoss();
    // What arrived since the last checkpoint is worthless: the bytes are wrong, or no longer this writer's.
    const isWorthless =
      this.#target.checksum !== null || failure instanceof BytesLost || failure instanceof UploadError;
    if (failure !== undefined && isWorthless) {
      await this.#segments.abandon();
      throw failure;
    }
    await this.#finish(this.#digest);
    // What was durable is acknowledged; the request failed all the same.
    if (broken !== undefined) throw broken;
    return this.#file;
  }

  async #takeAll(source: AsyncIterable<Uint8Array>): Promise<Error | undefined> {
    const { checksum } = this.#target;
    try {
      for await (const chunk of source) {
        if (chunk.length > 0) await this.#take(chunk);
        if (this.#checkpoints.failure !== undefined) return undefined;
      }
      if (checksum !== null && this.#body !== undefined) requireMatch(checksum, await this.#body.end());
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error('the request broke off', { cause: error });
    }
  }

  async #take(chunk: Uint8Array): Promise<void> {
    this.#digest ??= await this.#begin(chunk.length);
    await this.#digest.update(chunk);
    await this.#body?.update(chunk);
    await this.#segments.append(chunk);
    // Bytes under a checksum count only once all of them are here; the last bytes are acknowledged by #finish.
    const isLast = this.#digest.offset >= this.#size;
    if (this.#target.checksum !== null || isLast || !this.#checkpoints.isDue()) return;
    this.#checkpoints.run(async () => {
      await this.#segments.sync();
      await this.#acknowledge(null);
    });
  }

  async #begin(length: number): Promise<Digest> {
    const { offset } = this.#segments;
    // The first byte starts the upload. A request that brings all bytes starts and completes it in the same commit.
    if (hasTag(this.#file.state, 'awaitingBytes') && offset + length < this.#size) {
      this.#checkpoints.run(() => this.#acknowledge(null));
    }
    const { checksum } = this.#target;
    if (checksum !== null) this.#body = this.#services.threads.create(checksum.algorithm, this.#size - offset);
    try {
      return await this.#services.digests.take(this.#file.id, offset, this.#size);
    } catch (error) {
      if (error instanceof BytesLost) await this.#reportLoss();
      throw error;
    }
  }

  async #finish(digest: Digest): Promise<void> {
    const unsaved = await this.#segments.seal();
    const { last, offset } = this.#segments;
    const isSaved = offset === digest.offset;
    const sha256 = isSaved && offset === this.#size ? await this.#end(digest) : null;
    await this.#acknowledge(sha256);
    if (sha256 === null && isSaved && last !== undefined) {
      this.#services.digests.keep(this.#file.id, last, digest);
      this.#digest = undefined;
    }
    if (unsaved !== undefined) throw unsaved;
    if (hasTag(this.#file.state, 'failed')) {
      throw new UploadError(460, this.#file.failure?.message ?? 'The upload failed.');
    }
  }

  /** The digest of the whole file, all of which is durable. */
  async #end(digest: Digest): Promise<string> {
    try {
      return await digest.end();
    } catch (error) {
      if (!(error instanceof DigestLost)) throw error;
      const again = await this.#services.digests.retake(this.#file.id, this.#segments.grown, this.#size);
      return await again.end();
    }
  }

  /** @param sha256 once all bytes are durable */
  async #acknowledge(sha256: string | null): Promise<void> {
    const { segments, offset } = this.#segments;
    this.#file = await acknowledge(this.#services, this.#target, { offset, segments, sha256, lost: false });
  }

  async #reportLoss(): Promise<void> {
    const loss = { offset: 0, segments: [], sha256: null, lost: true };
    this.#file = await acknowledge(this.#services, this.#target, loss);
  }
}
