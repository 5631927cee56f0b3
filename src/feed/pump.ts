// The heart of a replica's feed: woken by a local commit, by word from another replica or by the clock, it sequences what
// is committed, reads what is new into the ring, once whatever the number of subscribers, and has it told.
import { setMaxListeners } from 'node:events';
import type { Pool } from 'pg';
import type { Logger } from '../log.ts';
import { Bell } from './bell.ts';
import type { LoggedChange } from './change.ts';
import { type FeedState, readChanges, readFeedState } from './log-reader.ts';
import { Ring } from './ring.ts';
import { Router } from './router.ts';
import { SEQUENCE_BATCH, type SequencerSeam, sequenceBatch } from './sequencer.ts';

export interface PumpOptions {
  readonly pool: Pool;
  readonly log: Logger;
  /** Changes held in memory. */
  readonly ringCapacity: number;
  /** Milliseconds between looks at the database when nothing wakes the pump. */
  readonly pollMs: number;
  readonly midSequence?: SequencerSeam | undefined;
}

/** Why the pump was woken. */
interface Due {
  committed: boolean;
  /** Where the feed is said to have come to. */
  heard: number;
  look: boolean;
}

const nothingDue = (): Due => ({ committed: false, heard: 0, look: false });

const PAGE = 1_000;
// The pump turns several times a second; a turn that hangs this long means the database does.
const UNHEALTHY_AFTER_MS = 5_000;

export class Pump {
  readonly router: Router;
  readonly #options: PumpOptions;
  readonly #stopping = new AbortController();
  readonly #wakeUps = new Bell();
  readonly #ring: Ring;
  #state: FeedState;
  #loop: Promise<void> = Promise.resolve();
  #due = nothingDue();
  #sequencing = false;
  #sequenced = 0;
  #failing = false;
  #lastTurnAt = performance.now();

  private constructor(options: PumpOptions, state: FeedState) {
    this.#options = options;
    this.#state = state;
    this.#ring = new Ring(options.ringCapacity, state.head);
    this.router = new Router(this.#ring);
    // One listener for each stream; their number is no leak.
    setMaxListeners(0, this.#stopping.signal);
  }

  static async start(options: PumpOptions): Promise<Pump> {
    const pump = new Pump(options, await readFeedState(options.pool));
    pump.#loop = pump.#run();
    return pump;
  }

  get ring(): Ring {
    return this.#ring;
  }

  get feedId(): string {
    return this.#state.feedId;
  }

  /** As of the last look. */
  get state(): FeedState {
    return this.#state;
  }

  /** Whether this replica is sequencing, or in line to. */
  get isSequencing(): boolean {
    return this.#sequencing;
  }

  /** Changes this replica has given their position. */
  get sequenced(): number {
    return this.#sequenced;
  }

  /** Aborted when the pump stops: whoever follows the feed ends with it. */
  get stopped(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Whether the log could be read when last tried, and that was not long ago. */
  get isHealthy(): boolean {
    return !this.#failing && performance.now() - this.#lastTurnAt < UNHEALTHY_AFTER_MS;
  }

  /** Call after a commit that added to the change log. */
  wake(): void {
    this.#due.committed = true;
    this.#wakeUps.ring();
  }

  /** Another replica has sequenced up to this position. */
  hear(head: number): void {
    if (head <= this.#ring.head) return; // our own word, or read already
    this.#due.heard = head;
    this.#wakeUps.ring();
  }

  /** Notifications may have been lost. */
  look(): void {
    this.#due.look = true;
    this.#wakeUps.ring();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.router.stop();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const waiter = this.#wakeUps.enter(signal);
    const poll = setInterval(() => this.look(), this.#options.pollMs);
    while (!signal.aborted) {
      await waiter.next();
      const due = this.#due;
      this.#due = nothingDue();
      if (!signal.aborted) await this.#turn(due);
    }
    clearInterval(poll);
    waiter.leave();
  }

  async #turn({ committed, heard, look }: Due): Promise<void> {
    try {
      if (look) this.#state = await readFeedState(this.#options.pool);
      const pending = look && this.#state.pendingSince !== null;
      const isAt = (committed || pending) && (await this.#sequence());
      const known = Math.max(heard, this.#state.head);
      if (((committed || pending) && !isAt) || known > this.#ring.head) await this.#fill();
      this.#failing = false;
      this.#lastTurnAt = performance.now();
    } catch (error) {
      // The database will be back; the poll goes on asking. One line says so, not four a second.
      if (!this.#failing) this.#options.log.warn({ err: error }, 'the feed cannot read its log');
      this.#failing = true;
    }
  }

  /** @returns whether something was placed, and the ring has all of it: there is no need to read it again */
  async #sequence(): Promise<boolean> {
    const { pool, log, midSequence } = this.#options;
    let isAt = false;
    try {
      this.#sequencing = true;
      let placed: readonly LoggedChange[];
      do {
        placed = await sequenceBatch(pool, midSequence);
        this.#sequenced += placed.length;
        isAt = this.#take(placed);
      } while (placed.length === SEQUENCE_BATCH);
    } catch (error) {
      // Somebody else may have done it, and what they did can be read.
      log.warn({ err: error }, 'could not sequence');
      isAt = false;
    } finally {
      this.#sequencing = false;
    }
    return isAt;
  }

  async #fill(): Promise<void> {
    for (;;) {
      const changes = await readChanges(this.#options.pool, this.#ring.head, PAGE);
      this.#take(changes);
      if (changes.length < PAGE) return;
    }
  }

  /** @returns false where something is missing between the ring and these, or there are none */
  #take(changes: readonly LoggedChange[]): boolean {
    if (changes[0]?.position !== this.#ring.head + 1) return false;
    for (const change of changes) this.#ring.push(change);
    this.router.wake();
    return true;
  }
}
