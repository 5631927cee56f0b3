// A batch may give its changes their positions in the feed itself, with its own commit. The feed knows how
// (src/feed/log/own-turn.ts); here is when.
import type { Transaction } from '../../db/transact.ts';
import { BatchFailed } from './batch-failed.ts';
import type { NewChange } from './writes.ts';

export interface Turn {
  /** Call once the transaction has ended. @param isCommitted false: it was rolled back, or nobody knows */
  end(isCommitted: boolean): void;
}

/**
 * Call behind the last write of a transaction that has added these changes to the log. Waits for nothing.
 * @returns null when the changes get their positions after the commit, as those of most large batches do
 */
export type TakeTurn = (transaction: Transaction, changes: readonly NewChange[]) => Turn | null;

export const noTurn: TakeTurn = () => null;

/** For the tries of one batch: only the first that comes to it takes a turn. */
export class OneTurn {
  readonly #takeTurn: TakeTurn;
  #isTaken = false;
  #wasBlamed = false;

  constructor(takeTurn: TakeTurn) {
    this.#takeTurn = takeTurn;
  }

  readonly take: TakeTurn = (transaction, changes) => {
    const turn = this.#isTaken ? null : this.#takeTurn(transaction, changes);
    this.#isTaken ||= turn !== null;
    return turn;
  };

  /** Whether a batch failed with its turn, and may succeed without: true once. Whoever writes a file needs no positions. */
  mayBeAtFault(error: unknown): boolean {
    const isSuspect = this.#isTaken && !this.#wasBlamed && !(error instanceof BatchFailed);
    this.#wasBlamed ||= isSuspect;
    return isSuspect;
  }
}
