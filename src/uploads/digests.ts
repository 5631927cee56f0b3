// The digests of uploads between two requests. In memory for the next request to this replica; written down, a little
// later, for uploads that pause, so that neither another replica nor a restart reads their bytes again from the start.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { Repeat } from '../jobs/repeat.ts';
import type { ByteStore } from './byte-store.ts';
import { type Digest, createDigest, isResumable, resumeDigest } from './digest.ts';
import type { DigestStates } from './digest-states.ts';
import type { SegmentRow, SegmentRows } from './segment-rows.ts';

export interface DigestsOptions {
  readonly store: ByteStore;
  readonly rows: SegmentRows;
  readonly states: DigestStates;
  readonly log: Logger;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
  /** How long an upload has to pause before its digest is written down, milliseconds. */
  readonly pauseMs?: number;
}

interface Kept {
  readonly fileId: string;
  readonly last: SegmentRow;
  readonly digest: Digest;
  readonly since: number;
  written: boolean;
}

/** Names a state of the bytes: a segment that ends at an offset. Dropped bytes never come back under the same name. */
const nameOf = ({ id, start, length }: SegmentRow): string => `${id} ${start + length}`;

// Each is a few hundred bytes.
const MOST_KEPT = 10_000;
const PAUSE_MS = 2_000;
const EVERY_MS = 500;
// Fewer bytes are read again from the start in less than it takes to write them down.
const WORTH_WRITING = 8 * 2 ** 20;
// A slice takes about 4 ms; resting three times as long leaves the process to its requests.
const SLICE = 2 ** 20;
const REST_MS = 12;

export class Digests {
  readonly #options: DigestsOptions;
  /** In order of use, oldest first. */
  readonly #kept = new Map<string, Kept>();
  readonly #writing: Repeat;

  constructor(options: DigestsOptions) {
    this.#options = options;
    this.#writing = new Repeat({ name: 'digests', everyMs: EVERY_MS, log: options.log }, (signal) =>
      this.#writeDown(signal),
    );
  }

  async stop(): Promise<void> {
    await this.#writing.stop();
  }

  /** Keeps a digest for the request that goes on behind `last`. */
  keep(fileId: string, last: SegmentRow, digest: Digest): void {
    this.#kept.set(nameOf(last), { fileId, last, digest, since: this.#options.now(), written: false });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  /**
   * The digest of the first `offset` bytes; it is the caller's from then on.
   * @throws BytesLost
   */
  async take(fileId: string, offset: number): Promise<Digest> {
    if (offset === 0) return createDigest();
    const { rows, states } = this.#options;
    const segments = await rows.list(fileId, offset);
    const last = segments.at(-1);
    const kept = last === undefined ? undefined : this.#kept.get(nameOf(last));
    if (last !== undefined && kept !== undefined) {
      this.#kept.delete(nameOf(last));
      return kept.digest;
    }
    const state = await states.read(fileId, offset);
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
  async #writeDown(signal: AbortSignal): Promise<void> {
    const { now, pauseMs = PAUSE_MS } = this.#options;
    for (const kept of this.#kept.values()) {
      if (signal.aborted || now() - kept.since < pauseMs) return;
      if (kept.written || kept.digest.offset < WORTH_WRITING) continue;
      // Also when it fails: bytes that cannot be read now are found missing by whoever needs them.
      kept.written = true;
      await this.#write(kept, signal);
    }
  }

  async #write({ fileId, last, digest }: Kept, signal: AbortSignal): Promise<void> {
    const { states, rows } = this.#options;
    if (isResumable(digest)) return states.save(fileId, digest, last);
    const written = await resumeDigest(await states.read(fileId, digest.offset));
    const segments = await rows.list(fileId, digest.offset);
    let slice = 0;
    for await (const chunk of this.#read(segments, written.offset)) {
      written.update(chunk);
      slice += chunk.length;
      if (slice < SLICE) continue;
      slice = 0;
      if (signal.aborted || !this.#kept.has(nameOf(last))) break;
      await sleep(REST_MS);
    }
    // As far as it has come; there is no use in more of an upload that has gone on.
    if (written.offset > 0) await states.save(fileId, written, last);
  }
}
