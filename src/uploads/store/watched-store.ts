// The byte store as the program uses it: counts and logs its failures, knows whether it can be used, and lets nothing be
// declared lost while the marker of the right store is not seen.
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { DomainError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { type ByteStore, type SegmentWriter, StorageFull, StoreUnavailable } from './byte-store.ts';
import { findDifference } from './identity.ts';
import { withTimeLimit } from './time-limit.ts';
import { WatchedWriter } from './watched-writer.ts';

/** Failures since the start of the process. */
export interface StoreFailures {
  /** There was no room. */
  full: number;
  unavailable: number;
}

// Longer than the S3 client tries to connect.
const CHECK_MS = 15_000;
// A client that tries again and again must not fill the log.
const REPEAT_LOG_MS = 10_000;

export class WatchedStore implements ByteStore {
  readonly failures: StoreFailures = { full: 0, unavailable: 0 };
  readonly #inner: ByteStore;
  readonly #log: Logger;
  #identity: string | null = null;
  #problem: string | null = null;
  #isSuspect = false;
  #checking: Promise<void> | undefined;
  readonly #loggedAt = new Map<string, number>();

  constructor(inner: ByteStore, log: Logger) {
    this.#inner = inner;
    this.#log = log;
  }

  get segmentBytes(): number {
    return this.#inner.segmentBytes;
  }

  get canContinue(): boolean {
    return this.#inner.canContinue;
  }

  /** Why the store cannot be used now; null: it can, as far as is known. */
  get problem(): string | null {
    return this.#problem;
  }

  /** From here on the marker has to be this one. */
  expectIdentity(identity: string): void {
    this.#identity = identity;
  }

  /** Looks for the marker and, after a failure, tries to write. The result is `problem`. Never throws. */
  async check(): Promise<void> {
    await (this.#checking ??= this.#checkOnce().finally(() => {
      this.#checking = undefined;
    }));
  }

  async #checkOnce(): Promise<void> {
    const problem = await withTimeLimit(this.#findProblem(), 2 * CHECK_MS, 'the byte store does not answer').catch(
      reasonOf,
    );
    if (problem !== null && this.#problem === null)
      this.#log.error({ reason: problem }, 'the byte store cannot be used');
    if (problem === null && this.#problem !== null) this.#log.info('the byte store can be used again');
    this.#problem = problem;
  }

  /**
   * Opens a new segment and drops it again.
   * @throws what keeps the store from being written to
   */
  async probe(): Promise<void> {
    const name = randomUUID();
    const writer = await withTimeLimit(this.#inner.openSegment(name, 0), CHECK_MS, 'the byte store does not answer');
    await writer.abandon();
    // A store that keeps everything (Object Lock) can still be written to.
    await this.#inner.removeSegment(name).catch(() => undefined);
  }

  async openSegment(name: string, at: number): Promise<SegmentWriter> {
    const writer = await this.#inner.openSegment(name, at).catch((error: unknown) => this.#refuse(error));
    return new WatchedWriter(writer, (error) => this.#note(error));
  }

  async readSegment(name: string, start: number, end: number): Promise<Readable> {
    return await this.#inner.readSegment(name, start, end).catch((error: unknown) => this.#refuse(error));
  }

  async removeSegment(name: string): Promise<void> {
    await this.#inner.removeSegment(name);
  }

  async readMarker(): Promise<string | null> {
    return await this.#inner.readMarker();
  }

  async writeMarker(id: string): Promise<void> {
    await this.#inner.writeMarker(id);
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  async #findProblem(): Promise<string | null> {
    try {
      await this.#requireMarker();
      if (this.#problem !== null || this.#isSuspect) await this.probe();
      this.#isSuspect = false;
      return null;
    } catch (error) {
      // No room is a matter of each request: what is stored can be read.
      return error instanceof StorageFull ? null : reasonOf(error);
    }
  }

  /** @throws Error when the marker is not seen, or is another one */
  async #requireMarker(): Promise<void> {
    const marker = await withTimeLimit(this.#inner.readMarker(), CHECK_MS, 'the byte store does not answer');
    const difference = this.#identity === null ? null : findDifference(this.#identity, marker);
    if (difference !== null) throw new Error(difference);
  }

  async #refuse(error: unknown): Promise<never> {
    if (!hasCode(error, 'BYTES_LOST')) throw this.#note(error);
    // Bytes are lost only if this is the store that should hold them.
    await this.#requireMarker().catch((reason: unknown) => {
      throw this.#note(reason);
    });
    throw error;
  }

  /** Counts and logs a failure. @returns what the caller is told */
  #note(error: unknown): Error {
    if (error instanceof TypeError || error instanceof RangeError) return error;
    const known = hasCode(error, 'STORAGE_FULL') ? error : new StoreUnavailable(error);
    this.failures[known.code === 'STORAGE_FULL' ? 'full' : 'unavailable'] += 1;
    const reason = reasonOf(known.cause);
    // One failed request says little about the store: it is asked again at once.
    if (known instanceof StoreUnavailable && !this.#isSuspect) {
      this.#isSuspect = true;
      void this.check();
    }
    const now = performance.now();
    if (now - (this.#loggedAt.get(known.code) ?? -Infinity) >= REPEAT_LOG_MS) {
      this.#loggedAt.set(known.code, now);
      this.#log.error({ err: known, reason, ...this.failures }, 'the byte store failed');
    }
    return known;
  }
}

// By code: a store of a test may have been loaded apart from the program, with classes of its own.
const hasCode = <Code extends string>(error: unknown, code: Code): error is DomainError<Code> =>
  error instanceof Error && 'code' in error && error.code === code;

export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' || error.message === 'UnknownError' ? error.name : error.message;
};
