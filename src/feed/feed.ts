// What the rest of the program sees of the feed: a place to stand, a stream to follow, and what is known of progress.
import type { Pool } from 'pg';
import type { Logger } from '../log.ts';
import { DomainError } from '../errors.ts';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import { abortable } from './abortable.ts';
import { type Change, type ChangeFilter, LOGGED_CHANGES, type UploadProgress } from './change.ts';
import { ChangeStream, EVERY_CHANGE, type Log, type Place, snapshotThenTail } from './change-stream.ts';
import { encodeCursor, invalidCursor, parseCursor } from './cursor.ts';
import { Follower, expired } from './follow.ts';
import { FEED_CHANNEL, PROGRESS_CHANNEL } from './channels.ts';
import { Listener } from './listener.ts';
import { GeneratedStream, type LiveStream } from './live-stream.ts';
import { readFeedState, readProgress } from './log-reader.ts';
import { ProgressExchange } from './progress-exchange.ts';
import { Retention } from './retention.ts';
import type { SequencerSeam } from './sequencer.ts';
import { followWithProgress } from './follow-with-progress.ts';
import { ProgressHub } from './progress-hub.ts';
import { Pump } from './pump.ts';
import { waitForChanges } from './wait-for-changes.ts';
import { watchProgress } from './watch-progress.ts';

export interface FeedOptions {
  readonly pool: Pool;
  readonly log: Logger;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
  /** Reads a file of a tenant as it is now. */
  readonly readFile: (tenant: string, fileId: string) => Promise<FileSnapshot | null>;
  /** A direct connection to the same database, for LISTEN. */
  readonly listenUrl: string;
  /** Names this replica among the others: a UUID. */
  readonly replicaId: string;
  readonly retentionMs: number;
  readonly ringCapacity?: number;
  readonly pollMs?: number;
  readonly midSequence?: SequencerSeam | undefined;
}

/** The file a stream was asked for does not exist, or is another tenant's. */
export class FileNotFound extends DomainError<'FILE_NOT_FOUND'> {
  constructor() {
    super('FILE_NOT_FOUND', 'There is no such file.');
  }
}

const RING_CAPACITY = 8_192;
const POLL_MS = 250;
const CUT_EVERY_MS = 60_000;

export class Feed {
  readonly progress: ProgressHub;
  readonly #options: FeedOptions;
  readonly #pump: Pump;
  readonly #log: Log;
  readonly #exchange: ProgressExchange;
  readonly #listener: Listener;
  readonly #retention: Retention;

  private constructor(options: FeedOptions, pump: Pump) {
    const { pool, log, replicaId, retentionMs, listenUrl } = options;
    this.#options = options;
    this.#pump = pump;
    this.#log = { pump, pool };
    this.progress = new ProgressHub(options.now);
    this.#exchange = new ProgressExchange({
      replicaId,
      notify: async (payload) => void (await pool.query('select pg_notify($1, $2)', [PROGRESS_CHANNEL, payload])),
      onHeard: (fileIds) => void this.#readProgress(fileIds),
    });
    this.#listener = new Listener({
      url: listenUrl,
      log,
      channels: [FEED_CHANNEL, PROGRESS_CHANNEL],
      onListening: () => pump.look(),
      onMessage: (channel, payload) =>
        channel === FEED_CHANNEL ? pump.hear(Number(payload)) : this.#exchange.hear(payload),
    });
    this.#retention = new Retention({ pool, log, retentionMs, everyMs: CUT_EVERY_MS });
  }

  static async start(options: FeedOptions): Promise<Feed> {
    const { pool, log, ringCapacity = RING_CAPACITY, pollMs = POLL_MS, midSequence } = options;
    return new Feed(options, await Pump.start({ pool, log, ringCapacity, pollMs, midSequence }));
  }

  /** Ends every stream and whatever runs for them. */
  async stop(): Promise<void> {
    this.#exchange.stop();
    await Promise.all([this.#listener.stop(), this.#retention.stop(), this.#pump.stop()]);
  }

  /** Call after a commit that added to the change log. */
  wake(): void {
    this.#pump.wake();
  }

  /** Call after progress was committed: tells who watches here, and the other replicas. */
  reportProgress(tenant: string, file: FileSnapshot): void {
    this.progress.report(tenant, file);
    this.#exchange.tell(file.id);
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
    return this.#pump.router.size;
  }

  /** Seconds that the oldest change without a place has been waiting for one. */
  get lagSeconds(): number {
    const { pendingSince } = this.#pump.state;
    return pendingSince === null ? 0 : Math.max(0, (Date.now() - pendingSince.getTime()) / 1_000);
  }

  /** Changes with a place that this replica has not read yet, as of its last look. */
  get behind(): number {
    return Math.max(0, this.#pump.state.head - this.head);
  }

  get isSequencing(): boolean {
    return this.#pump.isSequencing;
  }

  get sequenced(): number {
    return this.#pump.sequenced;
  }

  get ringDepth(): number {
    return this.#pump.ring.size;
  }

  cursorAt(position: number): string {
    return encodeCursor(this.#pump.feedId, position);
  }

  /**
   * Every change of a tenant that matches, once and in order, after the cursor.
   * @throws CursorError INVALID_CURSOR, CURSOR_EXPIRED (that one also later, if a reader falls behind retention)
   */
  async changes(tenant: string, filter: ChangeFilter, after: string): Promise<LiveStream<Change>> {
    const place = { tenant, filter, position: await this.#resolve(after) };
    if (!filter.kinds.has('PROGRESSED')) return new ChangeStream<Change>(this.#log, place, EVERY_CHANGE);
    return this.#generate((signal) => {
      const follower = new Follower(this.#pump, this.#options.pool, tenant, filter, place.position);
      const bell = { enter: (until: AbortSignal) => waitForChanges(this.#pump.router, follower, until) };
      return followWithProgress(follower, bell, this.progress, place, signal);
    });
  }

  /** The file as it is now, then again as of every logged change. Ends after its deletion. */
  async file(tenant: string, fileId: string): Promise<LiveStream<FileSnapshot>> {
    const { snapshot, place } = await this.#stand(tenant, fileId);
    return new ChangeStream(this.#log, place, snapshotThenTail(snapshot));
  }

  /** How far the file has come, at most ten times a second, newest wins. */
  async uploadProgress(tenant: string, fileId: string): Promise<LiveStream<UploadProgress>> {
    const { snapshot, place } = await this.#stand(tenant, fileId);
    return this.#generate((signal) => {
      const changes = new ChangeStream(this.#log, place, EVERY_CHANGE);
      return watchProgress(this.progress, tenant, snapshot, changes, signal);
    });
  }

  #generate<Item>(start: (signal: AbortSignal) => AsyncGenerator<Item, void>): LiveStream<Item> {
    return new GeneratedStream(() => abortable(this.#pump.stopped, start));
  }

  /** Snapshot, then tail: the place in the feed is taken before the row is read, so nothing falls between the two. */
  async #stand(tenant: string, fileId: string): Promise<{ snapshot: FileSnapshot; place: Place }> {
    const position = this.head;
    const snapshot = await this.#options.readFile(tenant, fileId);
    if (snapshot === null) throw new FileNotFound();
    return { snapshot, place: { tenant, filter: { ...LOGGED_CHANGES, ids: new Set([fileId]) }, position } };
  }

  async #resolve(cursor: string): Promise<number> {
    const { feedId, ring } = this.#pump;
    const position = parseCursor(cursor, feedId);
    if (position === ring.head) return position; // from now on: what most ask for
    // Asked of the database: a cursor from another replica may be ahead of this one's ring.
    const { head, trimmed } = await readFeedState(this.#options.pool);
    if (position > head) throw invalidCursor();
    if (position < trimmed) throw expired(feedId, trimmed);
    return position;
  }

  /** Progress reported at another replica: the rows have the newest word. */
  async #readProgress(fileIds: readonly string[] | null): Promise<void> {
    const wanted = this.progress.listenedTo(fileIds);
    if (wanted?.length === 0) return;
    try {
      const rows = await readProgress(this.#options.pool, wanted);
      for (const row of rows) this.progress.report(row.tenant, row);
    } catch (error) {
      this.#options.log.debug({ err: error }, 'progress could not be read; the next report brings it');
    }
  }
}
