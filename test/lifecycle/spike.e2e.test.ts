// The cases the design was first tried on, over HTTP: many callers on many files and on one, failures, expected
// versions, deletion.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LifecycleEvent } from '../../src/fsm/machine.ts';
import { newFile, readFile, transition, transitions } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { readLog, uuidOf } from '../support/lifecycle.ts';
import { deleteFile, readHistory, readNode } from '../support/operations.ts';
import { WAY_TO } from '../fsm/contract-table.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());

const TEN = Array.from({ length: 10 }, (_, index) => index);

async function fileAfter(way: readonly LifecycleEvent[]): Promise<string> {
  const id = await newFile(waybill.url);
  await transitions(
    waybill.url,
    way.map((event) => ({ id, event })),
  );
  return id;
}

it('ten callers on ten files all succeed', async () => {
  const ids = await Promise.all(TEN.map(() => newFile(waybill.url)));
  const answers = await Promise.all(ids.map((id) => transition(waybill.url, id, 'START_UPLOAD')));
  expect(answers.map(({ file }) => [file?.id, file?.state, file?.version])).toEqual(
    ids.map((id) => [id, 'UPLOADING', 1]),
  );
});

it('of ten callers on one file one succeeds and nine are rejected', async () => {
  const id = await newFile(waybill.url);
  const answers = await Promise.all(TEN.map(() => transition(waybill.url, id, 'START_UPLOAD')));
  const rejected = answers.filter(({ code }) => code === 'TRANSITION_NOT_ALLOWED');
  expect(answers.filter(({ __typename }) => __typename === 'TransitionFileSuccess')).toHaveLength(1);
  expect(rejected).toHaveLength(9);
  for (const { file } of rejected) expect(file).toMatchObject({ id, state: 'UPLOADING', version: 1, attempts: 1 });
  expect(new Set(rejected.map(({ attemptId }) => attemptId)).size).toBe(9);
  expect(await readLog(waybill.database, uuidOf(id))).toHaveLength(2);
});

it.each([
  ['FAIL_UPLOAD', WAY_TO.UPLOADING],
  ['FAIL_PROCESSING', WAY_TO.PROCESSING],
  ['FAIL_RESET', WAY_TO.INDEXED],
])('%s keeps the failure it is given, and has one of its own', async (event, way) => {
  const unspecified = await transition(waybill.url, await fileAfter(way), event);
  expect(unspecified.file?.failure).toEqual({
    code: 'UNSPECIFIED',
    message: expect.stringMatching(/./),
    retryable: true,
  });

  const id = await fileAfter(way);
  const failure = { code: 'CHECKSUM', message: 'The bytes are not the declared ones. 🧾', retryable: false };
  expect((await transition(waybill.url, id, event, { failure })).file?.failure).toEqual(failure);
  expect((await readFile(waybill.url, id))?.failure).toEqual(failure);
});

it('a failure without retryable can be tried again, and RETRY clears it', async () => {
  const id = await fileAfter(WAY_TO.UPLOADING);
  const failure = { code: 'TIMEOUT', message: 'too slow' };
  const failed = await transition(waybill.url, id, 'FAIL_UPLOAD', { failure });
  expect(failed.file?.failure).toEqual({ ...failure, retryable: true });
  const retried = await transition(waybill.url, id, 'RETRY');
  expect(retried.file).toMatchObject({ state: 'UNTRACKED', failure: null, version: 3, attempts: 1 });
});

it('a failure given with an event that cannot fail is invalid input', async () => {
  const id = await newFile(waybill.url);
  const failure = { code: 'A', message: 'a' };
  expect(await transition(waybill.url, id, 'START_UPLOAD', { failure })).toMatchObject({
    __typename: 'RequestError',
    code: 'INVALID_INPUT',
    field: 'failure',
  });
  expect(await readFile(waybill.url, id)).toMatchObject({ state: 'UNTRACKED', version: 0 });
});

it('of two callers that expect the same version the second is told that it is stale', async () => {
  const id = await newFile(waybill.url);
  const expecting = { expectedVersion: 0 };
  expect(await transition(waybill.url, id, 'START_UPLOAD', expecting)).toMatchObject({ file: { version: 1 } });
  // The version is looked at before the machine is asked: COMPLETE_UPLOAD would be allowed now.
  expect(await transition(waybill.url, id, 'COMPLETE_UPLOAD', expecting)).toMatchObject({
    __typename: 'TransitionRejected',
    code: 'STALE_VERSION',
    file: { state: 'UPLOADING', version: 1 },
  });
  expect(await transition(waybill.url, id, 'COMPLETE_UPLOAD', { expectedVersion: 2 })).toMatchObject({
    code: 'STALE_VERSION',
  });
  expect(await transition(waybill.url, id, 'COMPLETE_UPLOAD', { expectedVersion: 1 })).toMatchObject({
    file: { state: 'PROCESSING', version: 2 },
  });
});

it('of ten callers that all expect version 0 one succeeds and nine are stale', async () => {
  const id = await newFile(waybill.url);
  const answers = await Promise.all(TEN.map(() => transition(waybill.url, id, 'START_UPLOAD', { expectedVersion: 0 })));
  expect(answers.filter(({ code }) => code === 'STALE_VERSION')).toHaveLength(9);
  expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
});

it('a deleted file is not found by anything, and its history stays in the log', async () => {
  const id = await fileAfter(WAY_TO.UPLOADING);
  const [step] = (await readHistory(waybill.url, id)) ?? [];
  expect(await deleteFile(waybill.url, id, 0)).toMatchObject({ code: 'STALE_VERSION', file: { version: 1 } });
  expect(await deleteFile(waybill.url, id, 1)).toEqual({ __typename: 'DeleteFileSuccess', id });

  const gone = { __typename: 'RequestError', code: 'FILE_NOT_FOUND', field: 'id' };
  expect(await transition(waybill.url, id, 'COMPLETE_UPLOAD')).toMatchObject(gone);
  expect(await deleteFile(waybill.url, id)).toMatchObject(gone);
  expect(await readFile(waybill.url, id)).toBeNull();
  expect(await readNode(waybill.url, id)).toBeNull();
  expect(await readNode(waybill.url, step?.id ?? '')).toMatchObject({ event: 'START_UPLOAD', version: 1 });
  const kinds = (await readLog(waybill.database, uuidOf(id))).map(({ kind, version }) => [kind, version]);
  expect(kinds).toEqual([
    ['REGISTERED', 0],
    ['TRANSITIONED', 1],
    ['DELETED', 2],
  ]);
});

it('of ten callers that delete one file one succeeds', async () => {
  const id = await newFile(waybill.url);
  const answers = await Promise.all(TEN.map(() => deleteFile(waybill.url, id)));
  expect(answers.filter((answer) => answer.id === id)).toHaveLength(1);
  expect(answers.filter(({ code }) => code === 'FILE_NOT_FOUND')).toHaveLength(9);
});
