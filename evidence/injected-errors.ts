// Errors on the way: before the commit nothing has happened, after it everything has, once; a guard that throws fails
// its own request only.
import assert from 'node:assert/strict';
import type { FailpointName } from '../src/lifecycle/failpoints.ts';
import { type Answer, type Trial, send, transitionOf, outcomeOf } from './trial.ts';

/** Failpoints that break once at `name` and count how often they were reached. */
function breakOnceAt(name: FailpointName) {
  const reached: Partial<Record<FailpointName, number>> = {};
  const error = new Error(`injected at ${name}`);
  const failpoints = (failpoint: FailpointName): void => {
    const times = (reached[failpoint] ?? 0) + 1;
    reached[failpoint] = times;
    if (failpoint === name && times === 1) throw error;
  };
  return { failpoints, reached, error };
}

async function readAll(trial: Trial, fileId: string) {
  return { row: await trial.readFile(fileId), changes: await trial.readChanges([fileId]) };
}

function assertFailedWith(answer: Answer, error: Error): void {
  assert.equal(answer.outcome, 'failed', `the caller got ${outcomeOf(answer)}`);
  assert.equal(answer.outcome === 'failed' && answer.error, error, 'the caller got another error');
}

export async function checkErrorBeforeCommit(trial: Trial): Promise<string> {
  const fileId = await trial.newFile();
  const before = await readAll(trial, fileId);
  const { failpoints, error } = breakOnceAt('before_commit');
  const lifecycle = trial.replica({ failpoints });
  assertFailedWith(await send(lifecycle, fileId, 'START_UPLOAD'), error);
  assert.deepEqual(await readAll(trial, fileId), before, 'something was left behind');
  assert.equal(outcomeOf(await send(lifecycle, fileId, 'START_UPLOAD')), 'transitioned', 'the next call');
  const after = await readAll(trial, fileId);
  assert.deepEqual([after.row.state, after.row.version, after.changes.length], ['UPLOADING', 1, 2]);
  return 'caller told; state, version and log as before; the next call succeeded';
}

export async function checkErrorAfterCommit(trial: Trial): Promise<string> {
  const fileId = await trial.newFile();
  const { failpoints, reached, error } = breakOnceAt('after_commit');
  const lifecycle = trial.replica({ failpoints });
  assertFailedWith(await send(lifecycle, fileId, 'START_UPLOAD'), error);
  assert.deepEqual(reached, { before_lock: 1, after_decide: 1, before_commit: 1, after_commit: 1 }, 'ran again');
  const { row, changes } = await readAll(trial, fileId);
  assert.deepEqual([row.state, row.version, row.attempts], ['UPLOADING', 1, 1]);
  assert.deepEqual(
    changes.map(({ version, event }) => [version, event]),
    [
      [0, null],
      [1, 'START_UPLOAD'],
    ],
  );
  assert.equal(outcomeOf(await send(lifecycle, fileId, 'COMPLETE_UPLOAD')), 'transitioned', 'the next call');
  return 'caller told; UPLOADING at version 1, recorded once, nothing ran twice; the next call succeeded';
}

export async function checkThrowingGuard(trial: Trial): Promise<string> {
  // The limit tells the guard for which file to fail.
  let broken = true;
  const hasAttemptsLeft = ({ maxAttempts }: { maxAttempts: number }): boolean => {
    if (broken && maxAttempts === 7) throw new Error('the guard has failed');
    return true;
  };
  const lifecycle = trial.replica({ guards: { hasAttemptsLeft } });
  const failed = await trial.newFile({ maxAttempts: 7 }, 'START_UPLOAD', 'FAIL_UPLOAD');
  const others = [await trial.newFile({}, 'START_UPLOAD', 'FAIL_UPLOAD'), await trial.newFile({}, 'START_UPLOAD')];
  const before = await readAll(trial, failed);
  const answers = await lifecycle.execute<'transition'>([
    transitionOf(others[0]!, 'RETRY'),
    transitionOf(failed, 'RETRY'),
    transitionOf(others[1]!, 'COMPLETE_UPLOAD'),
  ]);
  assert.deepEqual(answers.map(outcomeOf), ['transitioned', 'failed', 'transitioned']);
  assert.deepEqual(await readAll(trial, failed), before, 'something was left behind');
  const [, answer] = answers;
  const message = answer?.outcome === 'failed' && answer.error instanceof Error ? answer.error.message : '';
  assert.match(message, /the guard has failed/, 'the caller got another error');
  broken = false;
  assert.equal(outcomeOf(await send(lifecycle, failed, 'RETRY')), 'transitioned', 'the next call');
  return `${answers.map(outcomeOf).join(', ')} in one list; row and log as before; the next call succeeded`;
}
