// Keeps the digests of uploads between two requests: in memory for the next request to this replica, and in the database,
// a little later, for uploads that pause, so that neither another replica nor a restart reads their bytes from the start.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../log.ts';
import { PeriodicTask } from '../../jobs/periodic-task.ts';
import type { ByteStore } from '../store/byte-store.ts';
import { type Digest, createDigest, isResumable, resumeDigest } from './digest.ts';
import type { StoredDigests } from './stored-digests.ts';
import type { SegmentRow, SegmentRows } from '../segment-rows.ts';

export interface KeptDigestsOptions {
  readonly store: ByteStore;
  readonly rows: SegmentRows;
  readonly stored: StoredDigests;
  readonly log: Logger;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
  /** How long an upload has to pause before its digest is stored, milliseconds. */
  readonly pauseMs?: number;
}

interface Kept {
  readonly fileId: string;
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
// A slice takes about 4 ms; resting three times as long leaves the processor to requests.
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
    this.#kept.set(nameOf(last), { fileId, last, digest, since: this.#options.now(), stored: false });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  /**
   * The digest of the first `offset` bytes, which the caller owns from then on.
   * @throws BytesLost
   */
  async take(fileId: string, offset: number): Promise<Digest> {
    if (offset === 0) return createDigest();
    const { rows, stored } = this.#options;
    const segments = await rows.list(fileId, offset);
    const last = segments.at(-1);
    const kept = last === undefined ? undefined : this.#kept.get(nameOf(last));
    if (last !== undefined && kept !== undefined) {
      this.#kept.delete(nameOf(last));
      return kept.digest;
    }
    const state = await stored.read(fileId, offset);
    const digest = state === null ? createDigest() : await resumeDigest(state);
    for await (const chunk of this.#read(segments, digest.offset)) digest.update(chunk);
    return digest;
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
      await this.#store(kept, signal);
    }
  }

  async #store({ fileId, last, digest }: Kept, signal: AbortSignal): Promise<void> {
    const { stored, rows } = this.#options;
    if (isResumable(digest)) return stored.save(fileId, digest, last);
    const resumed = await resumeDigest(await stored.read(fileId, digest.offset));
    const segments = await rows.list(fileId, digest.offset);
    let slice = 0;
    for await (const chunk of this.#read(segments, resumed.offset)) {
      resumed.update(chunk);
      slice += chunk.length;
      if (slice < SLICE_BYTES) continue;
      slice = 0;
      if (signal.aborted || !this.#kept.has(nameOf(last))) break;
      await sleep(REST_MS);
    }
    // Also when it stopped early: an upload that continues needs no more of it.
    if (resumed.offset > 0) await stored.save(fileId, resumed, last);
  }
}
