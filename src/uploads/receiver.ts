// Takes the bytes of one request: into the store, through the digest, and to the lifecycle once they are durable. What a
// request was told has arrived is on disk and in the row; what broke off keeps the bytes that came.
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { AnswerOf } from '../lifecycle/commands.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { type ByteStore, BytesLost } from './byte-store.ts';
import { type Checksum, requireMatch } from './checksum.ts';
import type { Digest } from './digest.ts';
import type { Digests } from './digests.ts';
import type { Lease } from './leases.ts';
import { SegmentChain } from './segment-chain.ts';
import type { SegmentRows } from './segment-rows.ts';
import { UploadError, locked, notFound } from './upload-error.ts';

export interface ReceiverOptions {
  readonly store: ByteStore;
  readonly rows: SegmentRows;
  readonly digests: Digests;
  readonly lifecycle: Lifecycle;
  readonly newId: () => string;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
  /** How long bytes may come before they are made durable and told of, milliseconds. */
  readonly checkpointMs: number;
}

export interface Reception {
  readonly lease: Lease;
  readonly tenant: string;
  /** As read under the lease. */
  readonly file: FileSnapshot;
  /** Null: the request brought none. */
  readonly checksum: Checksum | null;
}

export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #reception: Reception;
  readonly #chain: SegmentChain;
  readonly #size: number;
  #digest: Digest | undefined;
  /** Bytes taken, durable or not, counted from the file's beginning. */
  #taken: number;
  #file: FileSnapshot;
  #checkpoint: Promise<void> | undefined;
  #checkpointAt = 0;
  #failure: Error | undefined;

  constructor(options: ReceiverOptions, reception: Reception) {
    this.#options = options;
    this.#reception = reception;
    this.#file = reception.file;
    this.#taken = reception.file.bytesReceived;
    this.#size = reception.file.size ?? 0;
    this.#chain = new SegmentChain(options.store, options.rows, reception.lease, this.#taken);
  }

  /**
   * Takes all that comes.
   * @returns the file as it is then; fewer bytes than were expected may have come
   * @throws UploadError, StorageFull, BytesLost; what was durable by then is kept all the same
   */
  async receive(source: AsyncIterable<Uint8Array>): Promise<FileSnapshot> {
    const broken = await this.#takeAll(source);
    await this.#checkpoint;
    const failure = broken ?? this.#failure;
    if (this.#digest === undefined) {
      if (failure !== undefined) throw failure;
      return this.#file; // nothing came
    }
    if (failure instanceof BytesLost) await this.#tellLoss();
    if (this.#mustDrop(failure)) {
      await this.#chain.abandon();
      throw failure;
    }
    await this.#finish(failure);
    return this.#file;
  }

  async #takeAll(source: AsyncIterable<Uint8Array>): Promise<Error | undefined> {
    try {
      for await (const chunk of source) {
        if (chunk.length > 0) await this.#take(chunk);
        if (this.#failure !== undefined) return this.#failure;
      }
      if (this.#reception.checksum !== null && this.#digest !== undefined) requireMatch(this.#reception.checksum);
    } catch (error) {
      return asError(error);
    }
    return undefined;
  }

  async #take(chunk: Uint8Array): Promise<void> {
    this.#digest ??= await this.#begin(chunk.length);
    this.#digest.update(chunk);
    this.#reception.checksum?.hash.update(chunk);
    this.#taken += chunk.length;
    await this.#chain.write(chunk);
    this.#lookAtClock();
  }

  async #begin(length: number): Promise<Digest> {
    const { digests, now } = this.#options;
    this.#checkpointAt = now();
    // The first byte has come. One request that brings all of them starts and ends the upload in the same commit.
    if (this.#file.state === 'UNTRACKED' && this.#taken + length < this.#size) this.#run(() => this.#tell());
    try {
      return await digests.take(this.#file.id, this.#taken);
    } catch (error) {
      if (error instanceof BytesLost) await this.#tellLoss();
      throw error;
    }
  }

  /** Bytes under a checksum are nothing until all of them are here; the last bytes wait for the end of the request. */
  #lookAtClock(): void {
    const { now, checkpointMs } = this.#options;
    if (this.#reception.checksum !== null || this.#checkpoint !== undefined || this.#taken >= this.#size) return;
    if (now() - this.#checkpointAt < checkpointMs) return;
    this.#run(async () => {
      await this.#chain.sync();
      await this.#tell();
    });
  }

  /** Beside the taking, one at a time. */
  #run(work: () => Promise<void>): void {
    this.#checkpoint = (this.#checkpoint ?? Promise.resolve())
      .then(work)
      .catch((error: unknown) => {
        this.#failure ??= asError(error);
      })
      .finally(() => {
        this.#checkpoint = undefined;
        this.#checkpointAt = this.#options.now();
      });
  }

  /** Whether what came since the last checkpoint is worthless: it is not what it should be, or it is somebody else's. */
  #mustDrop(failure: Error | undefined): failure is Error {
    if (failure === undefined) return false;
    if (this.#reception.checksum !== null || failure instanceof BytesLost) return true;
    const status = 'status_code' in failure && failure.status_code;
    return [403, 404, 413, 423].some((each) => each === status);
  }

  async #finish(failure: Error | undefined): Promise<void> {
    const unsaved = await this.#chain.seal();
    const digest = this.#digest!;
    const { last, offset } = this.#chain;
    const isWhole = offset === digest.offset;
    const sha256 = isWhole && offset === this.#size ? digest.end() : null;
    await this.#tell(sha256);
    if (sha256 === null && isWhole && last !== undefined) this.#options.digests.keep(this.#file.id, last, digest);
    if (unsaved !== undefined) throw unsaved;
    // A client that broke off gets no answer; what it sent is here.
    if (failure instanceof UploadError) throw failure;
    if (this.#file.state === 'FAILED') throw new UploadError(460, this.#file.failure?.message ?? 'The upload failed.');
  }

  /** Tells the lifecycle what is durable by now. */
  async #tell(sha256: string | null = null): Promise<void> {
    const { segments, offset } = this.#chain;
    await this.#execute({ offset, segments, sha256, lost: false });
  }

  async #tellLoss(): Promise<void> {
    await this.#execute({ offset: 0, segments: [], sha256: null, lost: true });
  }

  async #execute(receipt: {
    readonly offset: number;
    readonly segments: readonly { readonly id: string; readonly length: number }[];
    readonly sha256: string | null;
    readonly lost: boolean;
  }): Promise<void> {
    const { lifecycle, newId } = this.#options;
    const { lease, tenant } = this.#reception;
    const origin = { tenant, actor: 'system:uploads', attemptId: newId(), fileId: lease.fileId };
    const [answer] = await lifecycle.execute<'receive'>([
      { kind: 'receive', ...origin, epoch: lease.epoch, ...receipt },
    ]);
    this.#file = unwrap(answer);
  }
}

/** @tus/server throws plain objects. */
const asError = (error: unknown): Error =>
  error instanceof Error ? error : Object.assign(new Error('the request broke off'), error);

/** @throws UploadError, or what broke */
function unwrap(answer: AnswerOf['receive'] | undefined): FileSnapshot {
  switch (answer?.outcome) {
    case 'progressed':
      return answer.file;
    case 'lease_lost':
      throw locked();
    case 'rejected':
      throw new UploadError(403, answer.message);
    case 'refused':
      throw answer.code === 'FILE_NOT_FOUND' ? notFound() : new UploadError(423, answer.message);
    case 'failed':
      throw answer.error;
    case undefined:
      throw new TypeError('the lifecycle gave no answer');
  }
}
