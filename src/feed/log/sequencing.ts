// What a replica does with the sequencer: batches, halved while they fail and full again when they succeed.
import type { Pool } from 'pg';
import type { Logger } from '../../log.ts';
import type { PageRequest } from './pages.ts';
import { SEQUENCE_BATCH, type Sequenced, type SequencerFailpoint, sequenceBatch } from './sequencer.ts';

export interface SequencingOptions {
  readonly pool: Pool;
  readonly log: Logger;
  readonly midSequence?: SequencerFailpoint | undefined;
}

export class Sequencing {
  readonly #options: SequencingOptions;
  #rows = SEQUENCE_BATCH;
  #isRunning = false;
  #failingSince: number | null = null;
  #total = 0;
  #isOnlyWay = false;

  constructor(options: SequencingOptions) {
    this.#options = options;
  }

  /** Whether this replica is sequencing, or waits for the sequencer's lock. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** How many changes this replica has given positions, also with their own commit. */
  get total(): number {
    return this.#total;
  }

  /** Milliseconds since when every try has failed, and nothing else is known; 0 after a success. */
  get failingForMs(): number {
    return this.#failingSince === null ? 0 : performance.now() - this.#failingSince;
  }

  /** Call when no change waits for its position, or when some got theirs: another replica may have done it. */
  forgetFailure(): void {
    this.#failingSince = null;
  }

  /** Whether batches shall not give positions themselves: ids of the log were missing, or the process is to die in the sequencer. */
  get isOnlyWay(): boolean {
    return this.#isOnlyWay || this.#options.midSequence !== undefined;
  }

  /** Call when batches could not give positions themselves. */
  becomeOnlyWay(): void {
    this.#isOnlyWay = true;
  }

  /** Call when a batch has given positions with its own commit. */
  noteGiven(count: number): void {
    this.forgetFailure();
    this.#total += count;
  }

  /** @returns null when it failed: another replica may have sequenced what there was */
  async next(page: PageRequest, notify: boolean): Promise<(Sequenced & { readonly isMore: boolean }) | null> {
    const { pool, log, midSequence } = this.#options;
    const rows = this.#rows;
    try {
      this.#isRunning = true;
      const sequenced = await sequenceBatch(pool, { rows, page, notify, midSequence });
      this.forgetFailure();
      this.#total += sequenced.count;
      if (sequenced.isWhole) this.#isOnlyWay = false;
      this.#rows = Math.min(SEQUENCE_BATCH, rows * 2);
      return { ...sequenced, isMore: sequenced.count === rows };
    } catch (error) {
      // One line in the log is enough: it is tried again four times a second.
      if (this.#failingSince === null) log.warn({ err: error }, 'sequencing failed; trying again');
      this.#failingSince ??= performance.now();
      this.#rows = Math.ceil(rows / 2);
      return null;
    } finally {
      this.#isRunning = false;
    }
  }
}
