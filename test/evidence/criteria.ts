// The criteria, in the order of the rows. Number 8, that nothing leaks, is about the whole trial: see evidence.ts.
import { examineAdversarialRun } from './adversarial.ts';
import { examineAgreement } from './agreement.ts';
import { examineArguments, examinePlainState } from './as-stored.ts';
import { examineOneFile, examineTenFiles } from './callers.ts';
import type { CandidateName } from './candidates.ts';
import { ALL_PASS, type Expected } from './criterion.ts';
import { examineErrorAfterCommit, examineErrorBeforeCommit, examineThrowingGuard } from './injected-errors.ts';
import { examineLockedGuard } from './locked-guard.ts';
import type { Trial } from './trial.ts';

export interface Criterion {
  readonly number: number;
  readonly title: string;
  readonly expected: Expected<CandidateName>;
  /** Returns the evidence; throws what was wrong. */
  readonly examine: (trial: Trial) => string | Promise<string>;
}

export const CRITERIA: readonly Criterion[] = [
  {
    number: 1,
    title: 'A guard that depends on the database decides on data read under the lock',
    expected: ALL_PASS,
    examine: examineLockedGuard,
  },
  { number: 2, title: '10 callers on 10 files: all succeed', expected: ALL_PASS, examine: examineTenFiles },
  {
    number: 3,
    title: '10 callers on one file: 1 success, 9 rejections',
    expected: ALL_PASS,
    examine: examineOneFile,
  },
  {
    number: 4,
    title: 'An error before the commit leaves everything as it was',
    expected: ALL_PASS,
    examine: examineErrorBeforeCommit,
  },
  {
    number: 5,
    title: 'An error after the commit leaves the state advanced, recorded once',
    expected: ALL_PASS,
    examine: examineErrorAfterCommit,
  },
  {
    number: 6,
    title: 'A throwing guard moves nothing and fails its own request only',
    expected: ALL_PASS,
    examine: examineThrowingGuard,
  },
  {
    number: 7,
    title: 'No invariant is violated by a random adversarial run',
    expected: ALL_PASS,
    examine: examineAdversarialRun,
  },
  { number: 9, title: 'The state is stored as a plain string', expected: ALL_PASS, examine: examinePlainState },
  { number: 10, title: 'Arguments reach guards and effects', expected: ALL_PASS, examine: examineArguments },
  {
    number: 11,
    title: 'It agrees with the contract and the machine on everything',
    expected: ALL_PASS,
    examine: ({ candidate }) => examineAgreement(candidate),
  },
];

export const LEAKS = { number: 8, title: 'Nothing leaks: connections, timers, handles', expected: ALL_PASS } as const;
