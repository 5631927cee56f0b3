// A guard that depends on the database must decide on the row as it is under the lock: not as it was when the request
// arrived or began to wait. The counterpart of the spike's asynchronous guard.
import assert from 'node:assert/strict';
import type { LifecycleEvent } from '../src/fsm/machine.ts';
import type { GuardFacts } from '../src/fsm/types.ts';
import { type Trial, send, outcomeOf } from './trial.ts';

interface Case {
  readonly maxAttempts: number;
  /** What another client changes while RETRY waits for the row. */
  readonly change: string;
  readonly seen: GuardFacts;
  readonly answer: string;
}

// Each file has failed once. By the earlier row, the first would be refused and the others accepted.
const CASES: readonly Case[] = [
  { maxAttempts: 1, change: 'max_attempts = 2', seen: { attempts: 1, maxAttempts: 2 }, answer: 'transitioned' },
  { maxAttempts: 2, change: 'max_attempts = 1', seen: { attempts: 1, maxAttempts: 1 }, answer: 'GUARD_REJECTED' },
  { maxAttempts: 2, change: 'attempts = 2', seen: { attempts: 2, maxAttempts: 2 }, answer: 'GUARD_REJECTED' },
];

const FAILED_ONCE: readonly LifecycleEvent[] = ['START_UPLOAD', 'FAIL_UPLOAD'];

async function retryWhileHeld(trial: Trial, { maxAttempts, change, seen, answer }: Case): Promise<string> {
  const fileId = await trial.newFile({ maxAttempts }, ...FAILED_ONCE);
  const asked: GuardFacts[] = [];
  const hasAttemptsLeft = (facts: GuardFacts): boolean => {
    asked.push({ attempts: facts.attempts, maxAttempts: facts.maxAttempts });
    return facts.attempts < facts.maxAttempts;
  };
  const lifecycle = trial.replica({ guards: { hasAttemptsLeft } });
  const otherClient = await trial.connect();
  await otherClient.query('begin');
  await otherClient.query(`update file set ${change} where id = $1`, [fileId]);
  const pending = send(lifecycle, fileId, 'RETRY');
  try {
    await trial.untilBlocked(pending);
    assert.deepEqual(asked, [], 'the guard was asked before the row was locked');
  } finally {
    await otherClient.query('commit');
    await pending;
  }
  const outcome = outcomeOf(await pending);
  assert.equal(outcome, answer, `${change} elsewhere, and RETRY was ${outcome}`);
  assert.ok(asked.length > 0, 'the guard was not asked');
  for (const facts of asked) assert.deepEqual(facts, seen, 'the guard saw other data than the row under the lock');
  return `${change} → ${outcome}`;
}

export async function checkLockedGuard(trial: Trial): Promise<string> {
  const lines: string[] = [];
  for (const each of CASES) lines.push(await retryWhileHeld(trial, each));
  return `changed elsewhere while RETRY waited: ${lines.join('; ')}`;
}
