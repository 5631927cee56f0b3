// The batches of this replica that give their changes their positions themselves (log/own-turn.ts), as the poller sees them: it
// learns what was given when a transaction has ended. A batch whose turn gave nothing leaves its changes to the next, which
// gives positions to all that it sees: two batches at once have ids of the log that interleave. The sequencer has what no
// batch has taken in time, and everything else until no id is missing.
import type { Transaction } from '../../db/transact.ts';
import type { Logger } from '../../log.ts';
import type { Turn } from '../../lifecycle/batch/turn.ts';
import type { NewChange } from '../../lifecycle/batch/writes.ts';
import { type Given, TURN_ROWS, takeTurn } from '../log/own-turn.ts';
import { changesAt } from '../log/placed-changes.ts';
import type { Sequencing } from '../log/sequencing.ts';
import type { Due } from './poll-loop.ts';
import type { Signals } from './signals.ts';

/** How long changes wait for the turn of another batch. */
const WAIT_MS = 4;
/** How long what was notified waits for the turns that are under way: one may hang. */
const KEEP_MS = 50;
/** Without turns once a batch failed: it may have failed for its turn. */
const PAUSE_MS = 1_000;

interface UnderWay {
  readonly given: Promise<Given | null>;
  readonly changes: readonly NewChange[];
  readonly beganAt: number;
}

export class Turns {
  readonly #signals: Signals;
  readonly #sequencing: Sequencing;
  readonly #add: (due: Partial<Due>) => void;
  readonly #log: Logger;
  /** Oldest first. */
  readonly #underWay = new Set<UnderWay>();
  /** The highest head that was notified while turns were under way. */
  #heard = 0;
  #heardTimer: NodeJS.Timeout | undefined;
  /** When the transactions ended whose changes wait for a turn; oldest first. */
  #left: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #pausedUntil = 0;

  /** @param add has the poller do something */
  constructor(signals: Signals, sequencing: Sequencing, add: (due: Partial<Due>) => void, log: Logger) {
    this.#signals = signals;
    this.#sequencing = sequencing;
    this.#add = add;
    this.#log = log;
  }

  /** See `TakeTurn`. */
  take(transaction: Transaction, changes: readonly NewChange[]): Turn | null {
    if (!this.#mayTake(changes.length)) return null;
    const given = takeTurn(transaction, changes.length, this.#signals.isInCommit);
    given.catch(() => undefined);
    const turn = { given, changes, beganAt: performance.now() };
    this.#underWay.add(turn);
    // Behind the answers of the batch, for which somebody waits.
    const end = (isCommitted: boolean): void => {
      setImmediate(() => void this.#end(turn, isCommitted).catch((error: unknown) => this.#readInstead(error)));
    };
    return { end };
  }

  /**
   * Call when a head was notified. While turns are under way, it may be theirs: PostgreSQL notifies before it answers.
   * @returns whether it is kept until they have ended, or for some milliseconds
   */
  keep(head: number): boolean {
    const [oldest] = this.#underWay;
    if (oldest === undefined || performance.now() - oldest.beganAt > KEEP_MS) return false;
    this.#heard = Math.max(this.#heard, head);
    this.#heardTimer ??= setTimeout(() => this.#tellHeard(), KEEP_MS);
    return true;
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#heardTimer);
  }

  #tellHeard(): void {
    clearTimeout(this.#heardTimer);
    this.#heardTimer = undefined;
    if (this.#heard > 0) this.#add({ notifiedHead: this.#heard });
    this.#heard = 0;
  }

  #mayTake(changes: number): boolean {
    const isPaused = this.#sequencing.isOnlyWay || performance.now() < this.#pausedUntil;
    return !isPaused && changes > 0 && changes <= TURN_ROWS;
  }

  async #end(turn: UnderWay, isCommitted: boolean): Promise<void> {
    // It has its answer, unless that of the COMMIT was lost.
    const given = await turn.given.catch(() => null);
    this.#underWay.delete(turn);
    if (!isCommitted) this.#pausedUntil = performance.now() + PAUSE_MS;
    else if (given === null) this.#leave();
    else this.#tell(given, turn);
    if (this.#underWay.size === 0) this.#tellHeard();
  }

  /** The positions are given: whatever is wrong with what was to be said of them, the log has it. */
  #readInstead(error: unknown): void {
    this.#log.error({ err: error }, 'changes of a batch could not be handed over: they are read');
    this.#add({ readState: true });
  }

  #leave(): void {
    this.#left.push(performance.now());
    this.#timer ??= setTimeout(() => this.#lookForOld(), WAIT_MS);
  }

  #tell({ after, places }: Given, { changes, beganAt }: UnderWay): void {
    // It has seen what was committed before it began.
    this.#left = this.#left.filter((endedAt) => endedAt >= beganAt);
    const logged = changesAt(places, changes);
    const { position: head } = places.at(-1)!;
    this.#sequencing.noteGiven(places.length);
    this.#signals.announce({ count: places.length, head }, after, logged);
    if (logged !== null) this.#signals.add({ after, changes: logged }, true);
    this.#add({ notifiedHead: head });
  }

  /** Leaves to the sequencer what has waited too long. */
  #lookForOld(): void {
    this.#timer = undefined;
    const [oldest] = this.#left;
    if (oldest === undefined) return;
    if (performance.now() - oldest < WAIT_MS) {
      this.#timer = setTimeout(() => this.#lookForOld(), WAIT_MS);
      return;
    }
    this.#left = [];
    this.#sequencing.becomeOnlyWay();
    this.#add({ committed: true });
  }
}
