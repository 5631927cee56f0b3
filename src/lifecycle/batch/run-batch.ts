// Runs a batch to its end: tries again what the database refuses for the moment, and says what a failure means for the
// commands in it.
import { isConflict, isConnectionLost, isLockTimeout, isUniqueViolation } from '../../db/pg-errors.ts';
import { withRetries } from '../../db/retry.ts';
import type { Command, Refused } from '../commands.ts';
import { BatchFailed } from './batch-failed.ts';
import { type BatchContext, type BatchResult, commitBatch } from './commit-batch.ts';
import type { LockWait } from './locks.ts';
import { OneTurn } from './turn.ts';

// One more try after a command that had no answer in its time (12 s): its connection was silent, and a new one may work.
const RETRIES = { retries: 3, baseDelayMs: 25, withinMs: 15_000 };

const FILE_BUSY: Refused = {
  outcome: 'refused',
  code: 'FILE_BUSY',
  message: 'The file is locked by another change; try again.',
  field: null,
};

const allBusy = (commands: readonly Command[]): BatchResult => ({
  answers: new Map(commands.map((command) => [command, FILE_BUSY])),
  contended: new Set(),
  isLeftToFeed: false,
  queued: [],
  serverTransitions: [],
});

// A unique violation is a race lost to another replica (two equal attempts): the next try finds the winner's row.
const isTransient = (error: unknown): boolean =>
  !(error instanceof BatchFailed) && (isConflict(error) || isConnectionLost(error) || isUniqueViolation(error));

/**
 * @param random 0 to 1, as Math.random: jitter of retries
 * @throws BatchFailed when every command fails for it; any other error may be the fault of a single command
 */
export async function runBatch(
  context: BatchContext & { readonly random: () => number },
  commands: readonly Command[],
  wait: LockWait,
): Promise<BatchResult> {
  try {
    const turn = new OneTurn(context.takeTurn);
    const isWorthAnotherTry = (error: unknown): boolean => isTransient(error) || turn.mayBeAtFault(error);
    const policy = { ...RETRIES, isTransient: isWorthAnotherTry, random: context.random };
    return await withRetries(policy, () => commitBatch({ ...context, takeTurn: turn.take }, commands, wait));
  } catch (error) {
    if (error instanceof BatchFailed) throw error;
    // With `skip` it was an idempotency key that one command waited for: the others are not busy.
    if (isLockTimeout(error) && (wait === 'wait' || commands.length === 1)) return allBusy(commands);
    if (isConnectionLost(error)) throw new BatchFailed(error);
    throw error;
  }
}
