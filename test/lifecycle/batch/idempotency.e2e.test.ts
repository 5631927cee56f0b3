// Promise 7: a retry with the same idempotency key has one effect and one answer.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Result,
  eventMutation,
  newFile,
  readFile,
  register,
  transition,
  transitions,
} from '../../support/client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { readLog, uuidOf } from '../../support/lifecycle.ts';
import { countFiles, deleteFile } from '../../support/operations.ts';

// Two replicas on one database: half of the retries of a client may land on the other one.
let replicas: Instance[];
beforeAll(async () => {
  const first = await startInstance();
  replicas = [first, await startInstance({ database: first.database })];
});
afterAll(async () => {
  for (const replica of replicas.toReversed()) await replica.stop();
});

const url = (index = 0): string => replicas[index % replicas.length]?.url ?? '';

const FIFTY = Array.from({ length: 50 }, (_, index) => index);

/** Everything a client can see of an answer but whether it is the first. */
const withoutReplayed = ({ replayed: _, ...answer }: Result): Omit<Result, 'replayed'> => answer;

function expectOneAnswer(answers: readonly Result[]): void {
  expect(answers.filter(({ replayed }) => replayed === false)).toHaveLength(1);
  expect(answers.filter(({ replayed }) => replayed === true)).toHaveLength(answers.length - 1);
  const [first, ...others] = answers.map(withoutReplayed);
  for (const other of others) expect(other).toEqual(first);
}

it('fifty equal transitions at once have one effect and one answer', async () => {
  const id = await newFile(url());
  const keyed = { idempotencyKey: 'start', expectedVersion: 0 };
  expectOneAnswer(await Promise.all(FIFTY.map((index) => transition(url(index), id, 'START_UPLOAD', keyed))));
  const log = await readLog(replicas[0]!.database, uuidOf(id));
  expect(log.map(({ version }) => version)).toEqual([0, 1]);
});

it('fifty equal registrations at once make one file', async () => {
  const before = await countFiles(url());
  const input = { name: 'once', size: 7, metadata: { b: 1, a: [2] }, idempotencyKey: 'register' };
  const answers = await Promise.all(FIFTY.map((index) => register(url(index), input)));
  expectOneAnswer(answers);
  const after = await countFiles(url());
  expect(after['UNTRACKED']).toBe((before['UNTRACKED'] ?? 0) + 1);
  expect(await readLog(replicas[0]!.database, uuidOf(answers[0]?.file?.id ?? ''))).toHaveLength(1);
});

it('fifty equal items of one bulk have one effect and one answer', async () => {
  const id = await newFile(url());
  const item = { id, event: 'START_UPLOAD', idempotencyKey: 'bulk' };
  const answers = await transitions(
    url(),
    FIFTY.map(() => item),
  );
  expectOneAnswer(answers);
  expect(answers[0]?.replayed, 'the first of them is the first').toBe(false);
});

it('the order of keys in a body is not part of it, and what is left out equals null', async () => {
  const idempotencyKey = 'spelling';
  const first = await register(url(), { name: 'a', metadata: { x: { p: 1, q: 2 }, y: 3 }, idempotencyKey });
  const again = await register(url(), { idempotencyKey, size: null, metadata: { y: 3, x: { q: 2, p: 1 } }, name: 'a' });
  expect(again).toEqual({ ...first, replayed: true });
});

it('the mutation named after an event and transitionFile are the same request', async () => {
  const id = await newFile(url());
  const first = await transition(url(), id, 'START_UPLOAD', { idempotencyKey: 'k' });
  expect(await eventMutation(url(), 'startUpload', { id, idempotencyKey: 'k' })).toEqual({ ...first, replayed: true });
});

it('the same key with another body is a mismatch, and changes nothing', async () => {
  const id = await newFile(url());
  await transition(url(), id, 'START_UPLOAD', { idempotencyKey: 'k' });
  const others: [string, Record<string, unknown>][] = [
    ['COMPLETE_UPLOAD', {}],
    ['START_UPLOAD', { expectedVersion: 0 }],
    ['FAIL_UPLOAD', { failure: { code: 'A', message: 'a' } }],
  ];
  for (const [event, more] of others) {
    expect(await transition(url(), id, event, { ...more, idempotencyKey: 'k' }), event).toMatchObject({
      __typename: 'TransitionRejected',
      code: 'IDEMPOTENCY_MISMATCH',
      file: { id, state: 'UPLOADING', version: 1 },
    });
  }
  expect(await readFile(url(), id)).toMatchObject({ state: 'UPLOADING', version: 1 });

  await register(url(), { name: 'one', idempotencyKey: 'named' });
  expect(await register(url(), { name: 'two', idempotencyKey: 'named' })).toMatchObject({
    __typename: 'RequestError',
    code: 'IDEMPOTENCY_MISMATCH',
    field: 'idempotencyKey',
  });
});

it('a replay gives the first answer, with the file as of then, however far the file has come', async () => {
  const id = await newFile(url(), { size: 10 });
  const first = await transition(url(), id, 'START_UPLOAD', { idempotencyKey: 'k' });
  await transitions(
    url(),
    ['COMPLETE_UPLOAD', 'FAIL_PROCESSING', 'RETRY', 'START_UPLOAD'].map((event) => ({ id, event })),
  );
  const replay = await transition(url(1), id, 'START_UPLOAD', { idempotencyKey: 'k' });
  expect(replay).toEqual({ ...first, replayed: true });
  expect(replay.file).toMatchObject({ state: 'UPLOADING', version: 1, attempts: 1, bytesReceived: 0 });
  expect(await readFile(url(), id)).toMatchObject({ version: 5, attempts: 2 });
});

it('a replay gives the first answer even after the file was deleted', async () => {
  const input = { name: 'short-lived', idempotencyKey: 'short' };
  const registered = await register(url(), input);
  const id = registered.file?.id ?? '';
  const started = await transition(url(), id, 'START_UPLOAD', { idempotencyKey: 'k' });
  await deleteFile(url(), id);
  expect(await transition(url(1), id, 'START_UPLOAD', { idempotencyKey: 'k' })).toEqual({ ...started, replayed: true });
  expect(await register(url(1), input)).toEqual({ ...registered, replayed: true });
  // With nobody left to be shown, a mismatch is a plain refusal; without the key, the file is not found.
  expect(await transition(url(), id, 'FAIL_UPLOAD', { idempotencyKey: 'k' })).toMatchObject({
    __typename: 'RequestError',
    code: 'IDEMPOTENCY_MISMATCH',
    field: 'idempotencyKey',
  });
  expect(await transition(url(), id, 'START_UPLOAD')).toMatchObject({ code: 'FILE_NOT_FOUND' });
  expect(await readFile(url(), id)).toBeNull();
});

it('the same key on another file, or for a registration, is another key', async () => {
  const ids = [await newFile(url()), await newFile(url())];
  for (const id of ids) {
    const answer = await transition(url(), id, 'START_UPLOAD', { idempotencyKey: 'shared' });
    expect(answer).toMatchObject({ replayed: false, file: { id, version: 1 } });
  }
  expect(await register(url(), { idempotencyKey: 'shared' })).toMatchObject({ replayed: false });
});

it('a rejection is not remembered: the retry is decided anew, and its success is', async () => {
  const id = await newFile(url());
  const complete = (): Promise<Result> => transition(url(), id, 'COMPLETE_UPLOAD', { idempotencyKey: 'k' });
  expect(await complete()).toMatchObject({ code: 'TRANSITION_NOT_ALLOWED' });
  // Nor does a rejected attempt reserve the key for its body.
  await transition(url(), id, 'START_UPLOAD');
  expect(await complete()).toMatchObject({ replayed: false, file: { state: 'PROCESSING' } });
  expect(await complete()).toMatchObject({ replayed: true, file: { state: 'PROCESSING' } });
});

it('a key that is empty or longer than 200 characters is invalid input', async () => {
  const id = await newFile(url());
  for (const idempotencyKey of ['', 'x'.repeat(201)]) {
    const refused = { __typename: 'RequestError', code: 'INVALID_INPUT', field: 'idempotencyKey' };
    expect(await transition(url(), id, 'START_UPLOAD', { idempotencyKey })).toMatchObject(refused);
    expect(await register(url(), { idempotencyKey })).toMatchObject(refused);
  }
  const longest = { idempotencyKey: '🧾'.repeat(200) };
  expect(await transition(url(), id, 'START_UPLOAD', longest)).toMatchObject({ replayed: false });
  expect(await transition(url(), id, 'START_UPLOAD', longest)).toMatchObject({ replayed: true });
});
