// The feed as the rest of the program sees it: subscribe to changes, to a file or to the progress of an upload, and report
// commits. The way of a change: sequencer (log/) -> poller -> ring buffer -> router -> change stream -> subscriber
// (delivery/).
import type { Pool } from 'pg';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import type { StateTag } from '../fsm/machine.ts';
import { hasTag } from '../fsm/tags.ts';
import { PeriodicTask } from '../jobs/periodic-task.ts';
import type { TakeTurn } from '../lifecycle/batch/turn.ts';
import type { Logger } from '../log.ts';
import type { Change, ChangeFilter, Interest, LoggedChange, UploadProgress } from './change.ts';
import { cursorExpired, encodeCursor, feedForked } from './cursor.ts';
import { Cursors } from './cursors.ts';
import { CatchUps } from './delivery/catch-ups.ts';
import { type ChangeSource, ChangeStream, EVERY_CHANGE, snapshotThenTail } from './delivery/change-stream.ts';
import type { LiveStream } from './delivery/live-stream.ts';
import { FeedPoller } from './delivery/poller.ts';
import { SharedSlice } from './delivery/shared-slice.ts';
import { readChangeAt } from './log/change-at.ts';
import { FileChanges } from './log/file-changes.ts';
import { prune } from './log/pruner.ts';
import { Pages } from './log/pages.ts';
import type { SequencerFailpoint } from './log/sequencer.ts';
import { FeedGauges } from './gauges.ts';
import type { Notifier, OpenNotifier } from './notify/notifier.ts';
import { WebhookSignals } from './notify/webhook-signals.ts';
import { type Place, isSamePlace } from './place.ts';
import { changesWithProgress } from './progress/changes-with-progress.ts';
import { ProgressExchange } from './progress/exchange.ts';
import { ProgressHub } from './progress/hub.ts';
import { refreshProgress } from './progress/refresh.ts';
import { UploadProgressStream } from './progress/upload-progress.ts';
import { type ReadFile, readSnapshot } from './snapshot.ts';

export interface FeedOptions {
  /** Of the poller. */
  readonly pool: Pool;
  /** Of subscribers that are behind; the same if not given. */
  readonly followerPool?: Pool;
  readonly log: Logger;
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
  readonly readFile: ReadFile;
  /** How replicas signal to each other: postgresNotifier or natsNotifier. */
  readonly openNotifier: OpenNotifier;
  /** A UUID that tells this replica from the others. */
  readonly replicaId: string;
  readonly retentionMs: number;
  /** Changes held in memory. */
  readonly ringCapacity?: number;
  /** What changes and pages may take in memory. */
  readonly memoryBytes?: number;
  readonly pollMs?: number;
  readonly midSequence?: SequencerFailpoint | undefined;
}

const RING_CAPACITY = 8_192;
const POLL_MS = 250;
const MEMORY_BYTES = 64 * 2 ** 20;
/** Of the memory: of the ring buffer, and of pages that streams share. What is left is for pages in use and printed results. */
const RING_SHARE = 1 / 2;
const PAGES_SHARE = 1 / 4;
const PRUNE_EVERY_MS = 60_000;

export class Feed {
  readonly progress: ProgressHub;
  readonly gauges: FeedGauges;
  readonly webhookSignals: WebhookSignals;
  readonly #options: FeedOptions;
  readonly #poller: FeedPoller;
  readonly #source: ChangeSource;
  readonly #cursors: Cursors;
  readonly #exchange: ProgressExchange;
  readonly #notifier: Notifier;
  readonly #pruner: PeriodicTask;

  private constructor(options: FeedOptions, poller: FeedPoller, pages: Pages) {
    const { pool, log, replicaId, retentionMs, openNotifier } = options;
    this.#options = options;
    const followerPool = options.followerPool ?? pool;
    this.#cursors = new Cursors(followerPool, poller);
    const behind = { pages: pages.through(followerPool), files: new FileChanges(followerPool) };
    const catchUps = new CatchUps(behind, poller.ring, (options.memoryBytes ?? MEMORY_BYTES) * PAGES_SHARE);
    this.#poller = poller;
    this.#source = {
      router: poller.router,
      ring: poller.ring,
      readBehind: (interest, after) => catchUps.read(interest, after),
      slice: new SharedSlice(),
      reach: (position) => poller.reach(position),
      forked: () => feedForked(poller.state.feedId, poller.state.head),
      undeliverable: (place) => cursorExpired(poller.state.feedId, place),
    };
    this.progress = new ProgressHub(options.now);
    poller.onRestart(() => {
      catchUps.clear();
      this.progress.clear();
    });
    this.#exchange = new ProgressExchange({
      replicaId,
      publish: (payload) => this.#notifier.publishProgress(payload),
      onProgress: (fileIds) => void this.#refreshProgress(fileIds),
    });
    this.webhookSignals = new WebhookSignals(() => this.#notifier.publishWebhooks(), log);
    this.#notifier = openNotifier({
      onSequenced: (signal) => poller.onSequenced(signal),
      onProgress: (payload) => this.#exchange.receive(payload),
      onWebhooks: () => this.webhookSignals.receive(),
      onMissed: () => {
        poller.poll();
        this.webhookSignals.receive();
      },
    });
    poller.signals.announceBy(this.#notifier);
    this.gauges = new FeedGauges(poller, catchUps, this.#notifier);
    const pruning = { name: 'prune the feed', everyMs: PRUNE_EVERY_MS, log };
    this.#pruner = new PeriodicTask(pruning, (signal) => prune(pool, retentionMs, signal));
  }

  static async start(options: FeedOptions): Promise<Feed> {
    const { pool, log, ringCapacity = RING_CAPACITY, pollMs = POLL_MS, midSequence } = options;
    const ringBytes = (options.memoryBytes ?? MEMORY_BYTES) * RING_SHARE;
    const pages = new Pages(pool, log);
    const poller = await FeedPoller.start({ pool, log, pages, ringCapacity, ringBytes, pollMs, midSequence });
    return new Feed(options, poller, pages);
  }

  /** Ends every stream, and all work in the background. */
  async stop(): Promise<void> {
    this.#exchange.stop();
    await Promise.all([this.#notifier.stop(), this.#pruner.stop(), this.#poller.stop()]);
  }

  /** For the batches of this replica: their changes may get positions with their own commit. */
  readonly takeTurn: TakeTurn = (transaction, changes) => this.#poller.turns.take(transaction, changes);

  /** Call after a commit that added to the change log without a turn. */
  wake(): void {
    this.#poller.onCommit();
  }

  /**
   * Calls the listener with the changes by which files have entered a state with the tag, here or at another replica.
   * @returns what removes the listener
   */
  onEntered(tag: StateTag, listener: (changes: readonly LoggedChange[]) => void): () => void {
    return this.#poller.listen((changes) => {
      const entered = changes.filter(({ transition }) => transition !== null && hasTag(transition.to, tag));
      if (entered.length > 0) listener(entered);
    });
  }

  /** Call after progress was committed. Subscribers here and at other replicas learn of it. */
  reportProgress(tenant: string, file: FileSnapshot): void {
    this.progress.report(tenant, file);
    this.#exchange.announce(file.id);
  }

  /**
   * Every change of a tenant that matches, once and in order, after the cursor.
   * @throws CursorError INVALID_CURSOR, CURSOR_EXPIRED, or FEED_FORKED when the log was taken back. The stream fails with
   *   CURSOR_EXPIRED when its subscriber is so slow that the changes it has not taken are pruned.
   */
  async changes(tenant: string, filter: ChangeFilter, after: string): Promise<LiveStream<Change>> {
    const start = { tenant, filter, place: await this.placeOf(after) };
    return filter.kinds.has('PROGRESSED')
      ? changesWithProgress(this.#source, start, this.progress)
      : new ChangeStream<Change>(this.#source, start, EVERY_CHANGE);
  }

  /**
   * The same without progress, for who keeps places instead of cursors: the stream says how far it has come.
   * @throws CursorError as `changes`
   */
  async follow(interest: Interest, after: Place): Promise<ChangeStream<LoggedChange>> {
    return new ChangeStream(
      this.#source,
      { ...interest, place: await this.placeOf(this.cursorAt(after)) },
      EVERY_CHANGE,
    );
  }

  /** A change that was delivered before; null: the log no longer has it. */
  async changeAt(place: Place): Promise<LoggedChange | null> {
    const held = this.#poller.ring.at(place.position);
    return held !== undefined && isSamePlace(held, place) ? held : await readChangeAt(this.#options.pool, place);
  }

  /** @throws CursorError INVALID_CURSOR, CURSOR_EXPIRED, FEED_FORKED */
  async placeOf(cursor: string): Promise<Place> {
    return await this.#cursors.placeOf(cursor);
  }

  /**
   * The file as it is now, then as of every logged change, until it is deleted.
   * @throws FileNotFound
   */
  async file(tenant: string, fileId: string): Promise<LiveStream<FileSnapshot>> {
    const { snapshot, start } = await readSnapshot(this.#poller, this.#options.readFile, { tenant, fileId });
    return new ChangeStream(this.#source, start, snapshotThenTail(snapshot));
  }

  /**
   * How far the upload of a file has come, now and then at most ten times a second, until the upload ends.
   * @throws FileNotFound
   */
  async uploadProgress(tenant: string, fileId: string): Promise<LiveStream<UploadProgress>> {
    const { snapshot, start } = await readSnapshot(this.#poller, this.#options.readFile, { tenant, fileId });
    const changes = new ChangeStream(this.#source, start, EVERY_CHANGE);
    return new UploadProgressStream(this.progress, tenant, snapshot, changes);
  }

  cursorAt(place: Place): string {
    return encodeCursor(this.#poller.state.feedId, place);
  }

  /** The place of the newest change that this replica has read. */
  get place(): Place {
    return this.#poller.ring.place;
  }

  /** The position of the newest change that this replica has read. */
  get head(): number {
    return this.#poller.ring.head;
  }

  /** Whether this replica can read the log. */
  get isHealthy(): boolean {
    return this.#poller.isHealthy;
  }

  async #refreshProgress(fileIds: readonly string[] | null): Promise<void> {
    const { pool, log } = this.#options;
    await refreshProgress(pool, this.progress, fileIds).catch((error: unknown) =>
      log.debug({ err: error }, 'progress could not be read; the next report brings it'),
    );
  }
}
