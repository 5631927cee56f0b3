// What the rest of the program sees of the feed: a place to stand, a stream to follow, and what is known of progress.
import type { Pool } from 'pg';
import type { Logger } from '../log.ts';
import { DomainError } from '../errors.ts';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import { abortable } from './abortable.ts';
import { type Change, type ChangeFilter, LOGGED_CHANGES, type LoggedChange, type UploadProgress } from './change.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { Follower, expired, follow } from './follow.ts';
import { readFeedState } from './log-reader.ts';
import { followWithProgress } from './follow-with-progress.ts';
import { ProgressHub } from './progress-hub.ts';
import { Pump } from './pump.ts';
import { watchProgress } from './watch-progress.ts';

export interface FeedOptions {
  readonly pool: Pool;
  readonly log: Logger;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
  /** Reads a file of a tenant as it is now. */
  readonly readFile: (tenant: string, fileId: string) => Promise<FileSnapshot | null>;
  readonly ringCapacity?: number;
  readonly pollMs?: number;
}

/** The file a stream was asked for does not exist, or is another tenant's. */
export class FileNotFound extends DomainError<'FILE_NOT_FOUND'> {
  constructor() {
    super('FILE_NOT_FOUND', 'There is no such file.');
  }
}

const RING_CAPACITY = 8_192;
const POLL_MS = 250;

export class Feed {
  readonly progress: ProgressHub;
  readonly #options: FeedOptions;
  readonly #pump: Pump;

  private constructor(options: FeedOptions, pump: Pump) {
    this.#options = options;
    this.#pump = pump;
    this.progress = new ProgressHub(options.now);
  }

  static async start(options: FeedOptions): Promise<Feed> {
    const { pool, log, ringCapacity = RING_CAPACITY, pollMs = POLL_MS } = options;
    return new Feed(options, await Pump.start({ pool, log, ringCapacity, pollMs }));
  }

  /** Ends every stream and the pump. */
  stop(): Promise<void> {
    return this.#pump.stop();
  }

  /** Call after a commit that added to the change log. */
  wake(): void {
    this.#pump.wake();
  }

  /** Where this replica stands in the feed. */
  get head(): number {
    return this.#pump.ring.head;
  }

  /** Whether this replica can read its log. */
  get isHealthy(): boolean {
    return this.#pump.isHealthy;
  }

  get followers(): number {
    return this.#pump.bell.waiting;
  }

  get ringDepth(): number {
    return this.#pump.ring.size;
  }

  cursorAt(position: number): string {
    return encodeCursor(this.#pump.feedId, position);
  }

  /**
   * Every change of a tenant that matches, once and in order, after the cursor or else from now on.
   * @throws CursorError INVALID_CURSOR, CURSOR_EXPIRED (that one also later, if a reader falls behind retention)
   */
  async changes(tenant: string, filter: ChangeFilter, after: string | null): Promise<AsyncGenerator<Change, void>> {
    const position = after === null ? this.head : await this.#resolve(after);
    const { pool } = this.#options;
    return abortable(this.#pump.stopped, (signal) => {
      const follower = new Follower(this.#pump, pool, tenant, filter, position);
      return followWithProgress(follower, this.#pump.bell, this.progress, { tenant, filter }, signal);
    });
  }

  /** The file as it is now, then again as of every logged change. Ends after its deletion. */
  async file(tenant: string, fileId: string): Promise<AsyncGenerator<FileSnapshot, void>> {
    const { snapshot, changesOf } = await this.#stand(tenant, fileId);
    return abortable(this.#pump.stopped, async function* watchFile(signal) {
      yield snapshot;
      let { version } = snapshot;
      for await (const change of changesOf(signal)) {
        if (change.kind === 'DELETED') return;
        if (change.version <= version) continue; // the snapshot was ahead of the feed
        version = change.version;
        yield change.file;
      }
    });
  }

  /** How far the file has come, at most ten times a second, newest wins. */
  async uploadProgress(tenant: string, fileId: string): Promise<AsyncGenerator<UploadProgress, void>> {
    const { snapshot, changesOf } = await this.#stand(tenant, fileId);
    return abortable(this.#pump.stopped, (signal) =>
      watchProgress(this.progress, tenant, snapshot, changesOf(signal), signal),
    );
  }

  /** Snapshot, then tail: the place in the feed is taken before the row is read, so nothing falls between the two. */
  async #stand(
    tenant: string,
    fileId: string,
  ): Promise<{ snapshot: FileSnapshot; changesOf: (signal: AbortSignal) => AsyncGenerator<LoggedChange, void> }> {
    const position = this.head;
    const snapshot = await this.#options.readFile(tenant, fileId);
    if (snapshot === null) throw new FileNotFound();
    const filter = { ...LOGGED_CHANGES, ids: new Set([fileId]) };
    const follower = new Follower(this.#pump, this.#options.pool, tenant, filter, position);
    const { bell } = this.#pump;
    const changesOf = async function* changesOf(signal: AbortSignal): AsyncGenerator<LoggedChange, void> {
      const waiter = bell.enter(signal);
      try {
        yield* follow(follower, waiter, signal);
      } finally {
        waiter.leave();
      }
    };
    return { snapshot, changesOf };
  }

  async #resolve(cursor: string): Promise<number> {
    // Asked of the database: a cursor from another replica may be ahead of this one's ring.
    const { feedId, head, trimmed } = await readFeedState(this.#options.pool);
    const position = decodeCursor(cursor, feedId, head);
    if (position < trimmed) throw expired(feedId, trimmed);
    return position;
  }
}
