// Keeps the digests of uploads between two requests: in memory for the next request to this replica, and in the database,
// a little later, for uploads that pause, so that neither another replica nor a restart reads their bytes from the start.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Scope, currentScope, inScope } from '../../db/scope.ts';
import type { Logger } from '../../log.ts';
import { PeriodicTask } from '../../jobs/periodic-task.ts';
import type { ByteStore } from '../store/byte-store.ts';
import type { Digest } from './digest.ts';
import type { DigestThreads } from './digest-threads.ts';
import type { StoredDigests } from './stored-digests.ts';
import type { SegmentRow, SegmentRows } from '../segment-rows.ts';

export interface KeptDigestsOptions {
  readonly store: ByteStore;
  readonly rows: SegmentRows;
  readonly stored: StoredDigests;
  readonly threads: DigestThreads;
  readonly log: Logger;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
  /** How long an upload has to pause before its digest is stored, milliseconds. */
  readonly pauseMs?: number;
}

interface Kept {
  readonly fileId: string;
  /** Of the request that kept it. */
  readonly scope: Scope | undefined;
  readonly last: SegmentRow;
  readonly digest: Digest;
  readonly since: number;
  stored: boolean;
}

/** Names the bytes by their last segment and its end. Dropped bytes never return under the same name. */
const nameOf = ({ id, start, length }: SegmentRow): string => `${id} ${start + length}`;

// Each is a few hundred bytes.
const MOST_KEPT = 10_000;
const PAUSE_MS = 2_000;
const EVERY_MS = 500;
// Fewer bytes are read again in less time than storing their digest takes.
const WORTH_STORING = 8 * 2 ** 20;
// A slice takes its thread about 4 ms; resting three times as long leaves the processor to requests.
const SLICE_BYTES = 2 ** 20;
const REST_MS = 12;

export class KeptDigests {
  readonly #options: KeptDigestsOptions;
  /** In order of use, oldest first. */
  readonly #kept = new Map<string, Kept>();
  readonly #storing: PeriodicTask;

  constructor(options: KeptDigestsOptions) {
    this.#options = options;
    this.#storing = new PeriodicTask({ name: 'digests', everyMs: EVERY_MS, log: options.log }, (signal) =>
      this.#storePaused(signal),
    );
  }

  async stop(): Promise<void> {
    await this.#storing.stop();
  }

  /** Keeps a digest for the request that continues after `last`. */
  keep(fileId: string, last: SegmentRow, digest: Digest): void {
    const since = this.#options.now();
    this.#kept.set(nameOf(last), { fileId, scope: currentScope(), last, digest, since, stored: false });
    const [oldest] = this.#kept;
    if (this.#kept.size <= MOST_KEPT || oldest === undefined) return;
    this.#kept.delete(oldest[0]);
    oldest[1].digest.drop();
  }

  /**
   * The digest of the first `offset` of `size` bytes, which the caller owns from then on.
   * @throws BytesLost
   */
  async take(fileId: string, offset: number, size: number): Promise<Digest> {
    if (offset === 0) return this.#options.threads.create('sha256', size);
    const segments = await this.#options.rows.list(fileId, offset);
    return this.#takeKept(segments.at(-1)) ?? (await this.#readAgain(fileId, segments, size));
  }

  /**
   * The digest of all `size` bytes, for a writer whose own was lost with its thread.
   * @param grown segments of the writer, with more bytes than their rows may say
   * @throws BytesLost, DigestLost
   */
  async retake(fileId: string, grown: readonly SegmentRow[], size: number): Promise<Digest> {
    const others = (await this.#options.rows.list(fileId, size)).filter(
      ({ id }) => !grown.some((row) => row.id === id),
    );
    return await this.#readAgain(fileId, [...others, ...grown], size);
  }

  #takeKept(last: SegmentRow | undefined): Digest | undefined {
    const kept = last === undefined ? undefined : this.#kept.get(nameOf(last));
    if (last === undefined || kept === undefined) return undefined;
    this.#kept.delete(nameOf(last));
    return kept.digest.isLost ? undefined : kept.digest;
  }

  async #readAgain(fileId: string, segments: readonly SegmentRow[], size: number): Promise<Digest> {
    const { stored, threads } = this.#options;
    const end = segments.reduce((most, { start, length }) => Math.max(most, start + length), 0);
    const state = await stored.read(fileId, end);
    const digest = state === null ? threads.create('sha256', size) : threads.resume(state);
    try {
      for await (const chunk of this.#read(segments, digest.offset)) await digest.update(chunk);
      return digest;
    } catch (error) {
      digest.drop();
      throw error;
    }
  }

  /** The bytes from `from` to the end of the last of the segments. */
  async *#read(segments: readonly SegmentRow[], from: number): AsyncGenerator<Uint8Array, void> {
    for (const { id, start, length } of segments) {
      if (start + length <= from) continue;
      const bytes = await this.#options.store.readSegment(id, Math.max(0, from - start), length);
      yield* bytes as AsyncIterable<Uint8Array>;
    }
  }

  /** One upload after another, the longest pause first. */
  async #storePaused(signal: AbortSignal): Promise<void> {
    const { now, pauseMs = PAUSE_MS } = this.#options;
    for (const kept of this.#kept.values()) {
      if (signal.aborted || now() - kept.since < pauseMs) return;
      if (kept.stored || kept.digest.offset < WORTH_STORING) continue;
      // Also when it fails: the request that needs bytes finds out that they cannot be read.
      kept.stored = true;
      await inScope(kept.scope, () => this.#store(kept, signal));
    }
  }

  async #store({ fileId, last, digest }: Kept, signal: AbortSignal): Promise<void> {
    if (digest.isLost) return; // the request that continues reads the bytes again
    if (digest.isResumable) return await this.#save(fileId, digest, last);
    const { stored, rows, threads } = this.#options;
    const resumed = threads.resume(await stored.read(fileId, digest.offset));
    try {
      const segments = await rows.list(fileId, digest.offset);
      await this.#readSlowly(segments, resumed, () => signal.aborted || !this.#kept.has(nameOf(last)));
      // Also when it stopped early: an upload that continues needs no more of it.
      if (resumed.offset > 0) await this.#save(fileId, resumed, last);
    } finally {
      resumed.drop();
    }
  }

  async #readSlowly(segments: readonly SegmentRow[], digest: Digest, isOver: () => boolean): Promise<void> {
    let slice = 0;
    for await (const chunk of this.#read(segments, digest.offset)) {
      await digest.update(chunk);
      slice += chunk.length;
      if (slice < SLICE_BYTES) continue;
      slice = 0;
      if (isOver()) return;
      await sleep(REST_MS);
    }
  }

  async #save(fileId: string, digest: Digest, last: SegmentRow): Promise<void> {
    const { offset } = digest;
    const state = await digest.save();
    if (state !== null) await this.#options.stored.save(fileId, { state, offset }, last);
  }
}
