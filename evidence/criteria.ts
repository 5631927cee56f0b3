// The criteria, in the order of the rows. Every candidate must pass each of them.
import { checkAdversarialRun } from './adversarial.ts';
import { checkAgreement } from './agreement.ts';
import { checkOneFile, checkTenFiles } from './callers.ts';
import { checkLockedGuard } from './guard-under-lock.ts';
import { checkErrorAfterCommit, checkErrorBeforeCommit, checkThrowingGuard } from './injected-errors.ts';
import { checkArguments, checkPlainState } from './stored-state.ts';
import type { Trial } from './trial.ts';

export interface Criterion {
  readonly number: number;
  readonly title: string;
  /** Returns the evidence; throws what was wrong. */
  readonly check: (trial: Trial) => string | Promise<string>;
}

const define = (number: number, title: string, check: Criterion['check']): Criterion => ({ number, title, check });

export const CRITERIA: readonly Criterion[] = [
  define(1, 'A guard that depends on the database decides on data read under the lock', checkLockedGuard),
  define(2, '10 callers on 10 files: all succeed', checkTenFiles),
  define(3, '10 callers on one file: 1 success, 9 rejections', checkOneFile),
  define(4, 'An error before the commit leaves everything as it was', checkErrorBeforeCommit),
  define(5, 'An error after the commit leaves the state advanced, recorded once', checkErrorAfterCommit),
  define(6, 'A throwing guard moves nothing and fails its own request only', checkThrowingGuard),
  define(7, 'No invariant is violated by a random adversarial run', checkAdversarialRun),
  define(9, 'The state is stored as a plain string', checkPlainState),
  define(10, 'Arguments reach guards and effects', checkArguments),
  define(11, 'It agrees with the contract and the machine on everything', ({ candidate }) => checkAgreement(candidate)),
];

/** Checked after the others, over all of them: see evidence.ts. */
export const LEAKS = { number: 8, title: 'Nothing leaks: connections, timers, handles' };
