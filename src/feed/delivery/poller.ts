// The loop that keeps a replica up to date. Woken by a commit of this replica, by a notification from another one or by
// a timer, it sequences what was committed, reads what is new into the ring buffer, once for all subscribers, and has the
// router deliver it.
import type { Pool } from 'pg';
import type { Logger } from '../../log.ts';
import type { LoggedChange } from '../change.ts';
import { type FeedState, readChanges, readFeedState } from '../log/reader.ts';
import { SEQUENCE_BATCH, type SequencerFailpoint, sequenceBatch } from '../log/sequencer.ts';
import { RingBuffer } from './ring-buffer.ts';
import { Router } from './router.ts';
import { Signal } from './signal.ts';

export interface FeedPollerOptions {
  readonly pool: Pool;
  readonly log: Logger;
  /** Changes held in memory. */
  readonly ringCapacity: number;
  /** Milliseconds between polls of the database when nothing wakes the poller. */
  readonly pollMs: number;
  readonly midSequence?: SequencerFailpoint | undefined;
}

/** Why the poller was woken. */
interface Due {
  /** This replica has committed changes. */
  committed: boolean;
  /** The head of the feed, as another replica notified. */
  notifiedHead: number;
  /** Ask the database: a notification may have been lost. */
  readState: boolean;
}

const nothingDue = (): Due => ({ committed: false, notifiedHead: 0, readState: false });

const PAGE = 1_000;
// The poller polls several times a second: one poll that takes this long means that the database hangs.
const UNHEALTHY_AFTER_MS = 5_000;

/** Called with changes as soon as this replica has them, in feed order. Must not throw. */
export type AppendListener = (changes: readonly LoggedChange[]) => void;

export class FeedPoller {
  readonly ring: RingBuffer;
  readonly router: Router;
  readonly #options: FeedPollerOptions;
  readonly #signal = new Signal();
  #state: FeedState;
  #loop: Promise<void> = Promise.resolve();
  #due = nothingDue();
  #isStopped = false;
  #isSequencing = false;
  #sequenced = 0;
  #isFailing = false;
  readonly #listeners = new Set<AppendListener>();
  #lastPollAt = performance.now();

  private constructor(options: FeedPollerOptions, state: FeedState) {
    this.#options = options;
    this.#state = state;
    this.ring = new RingBuffer(options.ringCapacity, state.head);
    this.router = new Router(this.ring);
  }

  static async start(options: FeedPollerOptions): Promise<FeedPoller> {
    const poller = new FeedPoller(options, await readFeedState(options.pool));
    poller.#loop = poller.#run();
    return poller;
  }

  /** As last read. */
  get state(): FeedState {
    return this.#state;
  }

  /** Whether this replica is sequencing, or waits for the sequencer's lock. */
  get isSequencing(): boolean {
    return this.#isSequencing;
  }

  /** How many changes this replica has sequenced. */
  get sequenced(): number {
    return this.#sequenced;
  }

  /** Whether the last poll succeeded, and not long ago. */
  get isHealthy(): boolean {
    return !this.#isFailing && performance.now() - this.#lastPollAt < UNHEALTHY_AFTER_MS;
  }

  /** @returns what removes the listener */
  listen(listener: AppendListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Call after a commit that added to the change log. */
  onCommit(): void {
    this.#due.committed = true;
    this.#signal.raise();
  }

  /** Call when a replica has sequenced changes up to this position. */
  onSequenced(head: number): void {
    if (head <= this.ring.head) return; // our own notification, or read already
    this.#due.notifiedHead = head;
    this.#signal.raise();
  }

  /** Asks the database for changes. Call when notifications may have been lost. */
  poll(): void {
    this.#due.readState = true;
    this.#signal.raise();
  }

  /** Ends every stream. Resolves when the poll that is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#signal.raise();
    this.router.stop();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const timer = setInterval(() => this.poll(), this.#options.pollMs);
    for (;;) {
      await this.#signal.next();
      if (this.#isStopped) break;
      const due = this.#due;
      this.#due = nothingDue();
      await this.#work(due);
    }
    clearInterval(timer);
  }

  async #work({ committed, notifiedHead, readState }: Due): Promise<void> {
    try {
      if (readState) this.#state = await readFeedState(this.#options.pool);
      const hasUnsequenced = committed || (readState && this.#state.pendingSince !== null);
      const isCurrent = hasUnsequenced && (await this.#sequence());
      const head = Math.max(notifiedHead, this.#state.head);
      if ((hasUnsequenced && !isCurrent) || head > this.ring.head) await this.#readNew();
      this.#isFailing = false;
      this.#lastPollAt = performance.now();
    } catch (error) {
      // The timer tries again four times a second; one line in the log is enough.
      if (!this.#isFailing) this.#options.log.warn({ err: error }, 'the feed cannot read its log');
      this.#isFailing = true;
    }
  }

  /** @returns whether changes were sequenced and the ring buffer has all of them, so that none need be read */
  async #sequence(): Promise<boolean> {
    const { pool, log, midSequence } = this.#options;
    let isCurrent = false;
    try {
      this.#isSequencing = true;
      let changes: readonly LoggedChange[];
      do {
        changes = await sequenceBatch(pool, midSequence);
        this.#sequenced += changes.length;
        // Another replica may have sequenced the ones before: only those are read, so that no change is read twice.
        if (changes[0] !== undefined) await this.#readNew(changes[0].position - 1);
        isCurrent = this.#append(changes);
      } while (changes.length === SEQUENCE_BATCH);
    } catch (error) {
      // Another replica may have sequenced them: read what there is.
      log.warn({ err: error }, 'sequencing failed; trying again');
      isCurrent = false;
    } finally {
      this.#isSequencing = false;
    }
    return isCurrent;
  }

  /** Reads what the ring buffer does not have yet, up to a position. */
  async #readNew(last = Infinity): Promise<void> {
    while (this.ring.head < last) {
      const limit = Math.min(PAGE, last - this.ring.head);
      const changes = await readChanges(this.#options.pool, this.ring.head, limit);
      this.#append(changes);
      if (changes.length < limit) return;
    }
  }

  /** @returns false if there are no changes, or they do not follow the head of the ring buffer */
  #append(changes: readonly LoggedChange[]): boolean {
    if (changes[0]?.position !== this.ring.head + 1) return false;
    for (const change of changes) this.ring.push(change);
    this.router.deliver();
    for (const listener of this.#listeners) listener(changes);
    return true;
  }
}
