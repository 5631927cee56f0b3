// The loop that keeps a replica up to date. Woken by a commit of this replica, by a notification from another one or by
// a timer, it sequences what was committed, reads what is new into the ring buffer, once for all subscribers, and has the
// router deliver it.
import type { LoggedChange } from '../change.ts';
import { CursorError, feedForked } from '../cursor.ts';
import type { Page, Pages } from '../log/pages.ts';
import { Sequencing, type SequencingOptions } from '../log/sequencing.ts';
import { type FeedState, faultOf, readFeedState } from '../log/state.ts';
import type { FeedSignal } from '../notify/notifier.ts';
import { type Due, FeedStopped, PollLoop } from './poll-loop.ts';
import { RingBuffer } from './ring-buffer.ts';
import { Router } from './router.ts';
import { Signals } from './signals.ts';
import { Turns } from './turns.ts';

export interface FeedPollerOptions extends SequencingOptions {
  readonly pages: Pages;
  /** Changes held in memory. */
  readonly ringCapacity: number;
  /** Bytes that they may take. */
  readonly ringBytes: number;
  /** Milliseconds between polls of the database when nothing wakes the poller. */
  readonly pollMs: number;
}

// The poller polls several times a second, or every two: one poll that takes this long means that the database hangs.
const UNHEALTHY_AFTER_MS = 5_000;

/** Called with changes as soon as this replica has them, in feed order. Must not throw. */
export type AppendListener = (changes: readonly LoggedChange[]) => void;

export class FeedPoller {
  readonly ring: RingBuffer;
  readonly router: Router;
  readonly signals = new Signals();
  readonly turns: Turns;
  readonly #options: FeedPollerOptions;
  readonly #loop = new PollLoop((due) => this.#work(due));
  readonly #sequencing: Sequencing;
  #state: FeedState;
  #isFailing = false;
  /** The log was taken back, and the next poll has yet to find everything in order. */
  #isForked = false;
  #restarts = 0;
  readonly #listeners = new Set<AppendListener>();
  readonly #onRestart = new Set<() => void>();
  #lastProgressAt = performance.now();
  #lastPollAt = 0;

  private constructor(options: FeedPollerOptions, state: FeedState) {
    this.#options = options;
    this.#sequencing = new Sequencing(options);
    this.turns = new Turns(this.signals, this.#sequencing, (due) => this.#loop.add(due), options.log);
    this.#state = state;
    this.ring = new RingBuffer(options.ringCapacity, state.head, options.ringBytes);
    this.router = new Router(this.ring);
  }

  static async start(options: FeedPollerOptions): Promise<FeedPoller> {
    const poller = new FeedPoller(options, await readFeedState(options.pool));
    poller.#loop.start(options.pollMs, () => poller.#isPollDue);
    return poller;
  }

  /** As last read. */
  get state(): FeedState {
    return this.#state;
  }

  get sequencing(): Pick<Sequencing, 'isRunning' | 'total'> {
    return this.#sequencing;
  }

  /** Whether the database answers, its log is the one that this replica has read, and changes get their positions. */
  get isHealthy(): boolean {
    const isStuck = this.#sequencing.failingForMs > UNHEALTHY_AFTER_MS;
    const isSilent = performance.now() - this.#lastProgressAt > UNHEALTHY_AFTER_MS;
    return !this.#isFailing && !this.#isForked && !isStuck && !isSilent;
  }

  /** How often this replica has begun anew, because the log was taken back, or pruned before it was read. */
  get restarts(): number {
    return this.#restarts;
  }

  /** @returns what removes the listener */
  listen(listener: AppendListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls the listener when this replica begins anew: what it knows of the log may never have been. Must not throw. */
  onRestart(listener: () => void): void {
    this.#onRestart.add(listener);
  }

  /** Call after a commit that added to the change log without a turn. */
  onCommit(): void {
    this.#loop.add({ committed: true });
  }

  /** Call when a replica has given positions. */
  onSequenced({ head, batch }: FeedSignal): void {
    if (head <= this.ring.head) return; // our own notification, or read already
    if (batch !== null) this.signals.add(batch);
    if (!this.turns.keep(head)) this.#loop.add({ notifiedHead: head });
  }

  /** Asks the database for changes. Call when notifications may have been lost. */
  poll(): void {
    this.#loop.add({ readState: true });
  }

  /**
   * Resolves when this replica has read all that was committed before the call.
   * @throws what keeps it from reading; UNAVAILABLE when it stops
   */
  async catchUp(): Promise<void> {
    await this.#loop.next();
    if (this.#loop.isStopped) throw new FeedStopped();
  }

  /**
   * Resolves when this replica has read up to a position that was in the log, or when the log was taken back meanwhile: then
   * the head of the ring buffer may be below it.
   * @throws as `catchUp`
   */
  async reach(position: number): Promise<void> {
    const restarts = this.#restarts;
    while (this.ring.head < position && restarts === this.#restarts) {
      await this.catchUp();
      if (this.#state.head.position < position) return;
    }
  }

  /** Ends every stream. Resolves when the poll that is under way has ended. */
  async stop(): Promise<void> {
    this.turns.stop();
    const stopped = this.#loop.stop();
    this.router.stop();
    await stopped;
  }

  get #isPollDue(): boolean {
    const isInOrder = !this.#isFailing && !this.#isForked && this.#sequencing.failingForMs === 0;
    return !isInOrder || !this.signals.makeUpFor(performance.now() - this.#lastPollAt);
  }

  async #work(due: Due): Promise<void> {
    try {
      await this.#readOn(due).catch((error: unknown) => this.#restart(error));
      this.#isFailing = false;
    } catch (error) {
      // The timer tries again four times a second; one line in the log is enough.
      if (!this.#isFailing) this.#options.log.warn({ err: error }, 'the feed cannot read its log');
      this.#isFailing = true;
      throw error;
    }
  }

  /** @throws CursorError when the log was taken back, or pruned while this replica did not read it */
  async #readOn({ committed, notifiedHead, readState }: Due): Promise<void> {
    this.#append(this.signals.takeAfter(this.ring.place));
    if (readState) await this.#readState();
    this.#append(this.signals.takeAfter(this.ring.place)); // what came meanwhile need not be read
    if (readState && this.#state.pendingSince === null) this.#sequencing.forgetFailure();
    const hasUnsequenced = committed || (readState && this.#state.pendingSince !== null);
    const isCurrent = hasUnsequenced && (await this.#sequence());
    const head = Math.max(notifiedHead, this.#state.head.position);
    if ((hasUnsequenced && !isCurrent) || head > this.ring.head) await this.#readNew();
  }

  async #readState(): Promise<void> {
    this.#lastPollAt = performance.now();
    const state = await readFeedState(this.#options.pool, this.ring.head);
    if (state.feedId !== this.#state.feedId) throw feedForked(state.feedId, state.head);
    const fault = faultOf(this.ring.place, state);
    if (fault !== null) throw fault;
    this.#state = state;
    this.#isForked = false;
    this.#noteProgress();
  }

  /** Begins anew at the head of the log as it is now, if that is what the error says; ends what has seen the other one. */
  async #restart(error: unknown): Promise<void> {
    if (!(error instanceof CursorError)) throw error;
    const { pool, log } = this.#options;
    const state = await readFeedState(pool);
    const failure = error.code === 'FEED_FORKED' ? feedForked(state.feedId, state.head) : error;
    const [from, head] = [this.ring.head, state.head.position];
    log.error(
      { code: failure.code, from, head, streams: this.router.size },
      failure.code === 'FEED_FORKED'
        ? 'the log was taken back (a failover, a restore): streams end, and their clients read everything anew'
        : 'the log was pruned beyond what this replica has read: streams end',
    );
    this.#isForked = true;
    this.#restarts += 1;
    this.#state = state;
    this.ring.reset(state.head);
    this.signals.restart();
    for (const listener of this.#onRestart) listener();
    this.router.restart(failure);
    this.poll();
  }

  #noteProgress(): void {
    this.#lastProgressAt = performance.now();
  }

  /** @returns whether the ring buffer has all that was sequenced, so that nothing need be read */
  async #sequence(): Promise<boolean> {
    for (;;) {
      const request = this.#options.pages.request(this.ring.place);
      const sequenced = await this.#sequencing.next(request, this.signals.isInCommit);
      if (sequenced === null) return false;
      this.#noteProgress();
      const { isMore, page } = sequenced;
      const read = page === null ? null : await this.#options.pages.take(request, page);
      this.signals.announce(sequenced, request.after, read?.changes ?? null);
      if (read === null) await this.#readNew();
      else {
        this.#append(read.changes);
        if (!isMore) return !read.isFull;
      }
      if (!isMore) return true;
    }
  }

  /** Reads what the ring buffer does not have yet. */
  async #readNew(): Promise<void> {
    let page: Page;
    do {
      page = await this.#options.pages.read(this.ring.place);
      this.#append(page.changes);
      this.#noteProgress();
    } while (page.isFull && !this.#loop.isStopped);
  }

  #append(changes: readonly LoggedChange[]): void {
    if (changes.length === 0) return;
    this.#sequencing.forgetFailure(); // whoever gave them their positions
    for (const change of changes) this.ring.push(change);
    this.router.deliver();
    for (const listener of this.#listeners) listener(changes);
  }
}
