// What breaks on the way: before the commit nothing has happened, after it everything has, once; and a guard that
// throws is the trouble of its own request only.
import assert from 'node:assert/strict';
import type { SeamName } from '../../src/lifecycle/seams.ts';
import { type Answer, type Trial, send, transitionOf, wordFor } from './trial.ts';

/** Seams that break once at `name` and count how often they were reached. */
function breakOnceAt(name: SeamName) {
  const reached: Partial<Record<SeamName, number>> = {};
  const error = new Error(`injected at ${name}`);
  const seams = (seam: SeamName): void => {
    const times = (reached[seam] ?? 0) + 1;
    reached[seam] = times;
    if (seam === name && times === 1) throw error;
  };
  return { seams, reached, error };
}

async function readAll(trial: Trial, fileId: string) {
  return { row: await trial.readFile(fileId), changes: await trial.readChanges([fileId]) };
}

function assertFailedWith(answer: Answer, error: Error): void {
  assert.equal(answer.outcome, 'failed', `the caller was told ${wordFor(answer)}`);
  assert.equal(answer.outcome === 'failed' && answer.error, error, 'the caller was told another error');
}

export async function examineErrorBeforeCommit(trial: Trial): Promise<string> {
  const fileId = await trial.newFile();
  const before = await readAll(trial, fileId);
  const { seams, error } = breakOnceAt('before_commit');
  const lifecycle = trial.replica({ seams });
  assertFailedWith(await send(lifecycle, fileId, 'START_UPLOAD'), error);
  assert.deepEqual(await readAll(trial, fileId), before, 'something was left behind');
  assert.equal(wordFor(await send(lifecycle, fileId, 'START_UPLOAD')), 'transitioned', 'the next call');
  const after = await readAll(trial, fileId);
  assert.deepEqual([after.row.state, after.row.version, after.changes.length], ['UPLOADING', 1, 2]);
  return 'caller told; state, version and log as before; the next call succeeded';
}

export async function examineErrorAfterCommit(trial: Trial): Promise<string> {
  const fileId = await trial.newFile();
  const { seams, reached, error } = breakOnceAt('after_commit');
  const lifecycle = trial.replica({ seams });
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
  assert.equal(wordFor(await send(lifecycle, fileId, 'COMPLETE_UPLOAD')), 'transitioned', 'the next call');
  return 'caller told; UPLOADING at version 1, recorded once, nothing ran twice; the next call succeeded';
}

export async function examineThrowingGuard(trial: Trial): Promise<string> {
  // The guard knows the file it must fail for by its limit.
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
  assert.deepEqual(answers.map(wordFor), ['transitioned', 'failed', 'transitioned']);
  assert.deepEqual(await readAll(trial, failed), before, 'something was left behind');
  const [, answer] = answers;
  const told = answer?.outcome === 'failed' && answer.error instanceof Error ? answer.error.message : '';
  assert.match(told, /the guard has failed/, 'the caller was told another error');
  broken = false;
  assert.equal(wordFor(await send(lifecycle, failed, 'RETRY')), 'transitioned', 'the next call');
  return `${answers.map(wordFor).join(', ')} in one list; row and log as before; the next call succeeded`;
}
