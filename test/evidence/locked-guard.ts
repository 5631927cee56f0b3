// A guard that depends on the database must decide on the row as it is under the lock: not as it was when the request
// came, nor as it was when it began to wait. The counterpart of the spike's asynchronous guard.
import assert from 'node:assert/strict';
import type { LifecycleEvent } from '../../src/fsm/machine.ts';
import type { GuardFacts } from '../../src/fsm/types.ts';
import { type Trial, send, wordFor } from './trial.ts';

interface Case {
  readonly maxAttempts: number;
  /** What somebody else changes while RETRY waits for the row. */
  readonly change: string;
  readonly seen: GuardFacts;
  readonly answer: string;
}

// Each file has failed once. By the row of before, the first would be refused and the others let through.
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
  const stranger = await trial.connect();
  await stranger.query('begin');
  await stranger.query(`update file set ${change} where id = $1`, [fileId]);
  const pending = send(lifecycle, fileId, 'RETRY');
  try {
    await trial.untilBlocked(pending);
    assert.deepEqual(asked, [], 'the guard was asked before the row was locked');
  } finally {
    await stranger.query('commit');
    await pending;
  }
  const word = wordFor(await pending);
  assert.equal(word, answer, `${change} elsewhere, and RETRY was ${word}`);
  assert.ok(asked.length > 0, 'the guard was not asked');
  for (const facts of asked) assert.deepEqual(facts, seen, 'the guard saw other data than the row under the lock');
  return `${change} → ${word}`;
}

export async function examineLockedGuard(trial: Trial): Promise<string> {
  const told: string[] = [];
  for (const each of CASES) told.push(await retryWhileHeld(trial, each));
  return `changed elsewhere while RETRY waited: ${told.join('; ')}`;
}
