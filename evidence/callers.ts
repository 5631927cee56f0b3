// Ten callers at once: on ten files all succeed, on one file exactly one. Each is tried on one replica, which runs the
// requests in one batch, and on ten replicas, which only the row lock serialises.
import assert from 'node:assert/strict';
import { type Answer, type Trial, send, outcomeOf } from './trial.ts';

const CALLERS = 10;

interface Round {
  readonly name: string;
  readonly replicas: number;
}

const ROUNDS: readonly Round[] = [
  { name: 'one replica', replicas: 1 },
  { name: 'ten replicas', replicas: CALLERS },
];

/** Every caller sends START_UPLOAD to its file, all at the same time. */
async function startTogether(trial: Trial, fileIds: readonly string[], replicas: number): Promise<Answer[]> {
  const lifecycles = Array.from({ length: replicas }, () => trial.replica());
  return await Promise.all(fileIds.map((fileId, at) => send(lifecycles[at % replicas]!, fileId, 'START_UPLOAD')));
}

function tally(answers: readonly Answer[]): string {
  const groups = Map.groupBy(answers, outcomeOf);
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? 1 : -1))
    .map(([outcome, { length }]) => `${length} ${outcome}`)
    .join(', ');
}

async function assertMovedOnce(trial: Trial, fileId: string): Promise<void> {
  const { state, version, attempts } = await trial.readFile(fileId);
  assert.deepEqual({ state, version, attempts }, { state: 'UPLOADING', version: 1, attempts: 1 });
  const changes = await trial.readChanges([fileId]);
  assert.deepEqual(
    changes.map((change) => change.event),
    [null, 'START_UPLOAD'],
    'the log of the file',
  );
}

export async function checkTenFiles(trial: Trial): Promise<string> {
  const lines: string[] = [];
  for (const { name, replicas } of ROUNDS) {
    const fileIds = await Promise.all(Array.from({ length: CALLERS }, () => trial.newFile()));
    const seen = tally(await startTogether(trial, fileIds, replicas));
    assert.equal(seen, '10 transitioned', name);
    for (const fileId of fileIds) await assertMovedOnce(trial, fileId);
    lines.push(`${name}: ${seen}`);
  }
  return `${lines.join('; ')}; every file at version 1 with one row`;
}

export async function checkOneFile(trial: Trial): Promise<string> {
  const lines: string[] = [];
  for (const { name, replicas } of ROUNDS) {
    const fileId = await trial.newFile();
    const seen = tally(await startTogether(trial, Array<string>(CALLERS).fill(fileId), replicas));
    assert.equal(seen, '1 transitioned, 9 TRANSITION_NOT_ALLOWED', name);
    await assertMovedOnce(trial, fileId);
    lines.push(`${name}: ${seen}`);
  }
  return `${lines.join('; ')}; version +1, one row`;
}
