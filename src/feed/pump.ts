// The heart of a replica's feed: woken by a local commit or by the clock, it sequences what is committed, reads what is
// new into the ring, once whatever the number of subscribers, and rings the bell.
import { setMaxListeners } from 'node:events';
import type { Pool } from 'pg';
import type { Logger } from '../log.ts';
import { Bell } from './bell.ts';
import { type FeedState, readChanges, readFeedState } from './log-reader.ts';
import { Ring } from './ring.ts';
import { SEQUENCE_BATCH, sequenceBatch } from './sequencer.ts';

export interface PumpOptions {
  readonly pool: Pool;
  readonly log: Logger;
  /** Changes held in memory. */
  readonly ringCapacity: number;
  /** Milliseconds between looks at the database when nothing wakes the pump. */
  readonly pollMs: number;
}

const PAGE = 1_000;
// The pump turns several times a second; a turn that hangs this long means the database does.
const UNHEALTHY_AFTER_MS = 5_000;

export class Pump {
  readonly bell = new Bell();
  readonly #options: PumpOptions;
  readonly #stopping = new AbortController();
  readonly #wakeUps = new Bell();
  #ring: Ring;
  #state: FeedState;
  #loop: Promise<void> = Promise.resolve();
  #committed = false;
  #failing = false;
  #lastTurnAt = performance.now();

  private constructor(options: PumpOptions, state: FeedState) {
    this.#options = options;
    this.#state = state;
    this.#ring = new Ring(options.ringCapacity, state.head);
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
    this.#committed = true;
    this.#wakeUps.ring();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const waiter = this.#wakeUps.enter(signal);
    const poll = setInterval(() => this.#wakeUps.ring(), this.#options.pollMs);
    while (!signal.aborted) {
      await waiter.next();
      const committed = this.#committed;
      this.#committed = false;
      if (!signal.aborted) await this.#turn(committed);
    }
    clearInterval(poll);
    waiter.leave();
  }

  async #turn(committed: boolean): Promise<void> {
    try {
      // After a local commit there is something to sequence; the clock has to look first.
      if (!committed) this.#state = await readFeedState(this.#options.pool);
      if (committed || this.#state.pending) await this.#sequence();
      await this.#fill();
      this.#failing = false;
      this.#lastTurnAt = performance.now();
    } catch (error) {
      // The database will be back; the poll goes on asking. One line says so, not four a second.
      if (!this.#failing) this.#options.log.warn({ err: error }, 'the feed cannot read its log');
      this.#failing = true;
    }
  }

  async #sequence(): Promise<void> {
    let sequenced: number | null;
    do sequenced = await sequenceBatch(this.#options.pool);
    while (sequenced === SEQUENCE_BATCH);
  }

  async #fill(): Promise<void> {
    for (;;) {
      const changes = await readChanges(this.#options.pool, this.#ring.head, PAGE);
      for (const change of changes) this.#ring.push(change);
      if (changes.length > 0) this.bell.ring();
      if (changes.length < PAGE) return;
    }
  }
}
