// Ten callers at once: on ten files none is in another's way, on one file exactly one wins. Asked twice: of one
// replica, which brings them together in one transaction, and of ten, which only the row lock keeps apart.
import assert from 'node:assert/strict';
import { type Answer, type Trial, send, wordFor } from './trial.ts';

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
  const groups = Map.groupBy(answers, wordFor);
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? 1 : -1))
    .map(([word, { length }]) => `${length} ${word}`)
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

export async function examineTenFiles(trial: Trial): Promise<string> {
  const told: string[] = [];
  for (const { name, replicas } of ROUNDS) {
    const fileIds = await Promise.all(Array.from({ length: CALLERS }, () => trial.newFile()));
    const seen = tally(await startTogether(trial, fileIds, replicas));
    assert.equal(seen, '10 transitioned', name);
    for (const fileId of fileIds) await assertMovedOnce(trial, fileId);
    told.push(`${name}: ${seen}`);
  }
  return `${told.join('; ')}; every file at version 1 with one row`;
}

export async function examineOneFile(trial: Trial): Promise<string> {
  const told: string[] = [];
  for (const { name, replicas } of ROUNDS) {
    const fileId = await trial.newFile();
    const seen = tally(await startTogether(trial, Array<string>(CALLERS).fill(fileId), replicas));
    assert.equal(seen, '1 transitioned, 9 TRANSITION_NOT_ALLOWED', name);
    await assertMovedOnce(trial, fileId);
    told.push(`${name}: ${seen}`);
  }
  return `${told.join('; ')}; version +1, one row`;
}
