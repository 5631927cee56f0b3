// transitionFiles: a thousand events in one request, each answered on its own, in the order given.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { newFile, readFile, send, transition, transitions } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { holdFiles, uuidOf } from '../support/lifecycle.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());

const newFiles = (count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, () => newFile(waybill.url)));

it('answers a thousand items in order, with the rejected ones where they stand', async () => {
  const ids = await newFiles(250);
  const never = `file_${uuidv7()}`;
  // Four rounds over all files: the same file is asked again further on, in the state the round before left it in.
  const items = [
    ...ids.map((id) => ({ id, event: 'START_UPLOAD' })),
    ...ids.map((id, at) => (at % 10 === 3 ? { id: never, event: 'RETRY' } : { id, event: 'COMPLETE_UPLOAD' })),
    ...ids.map((id, at) => ({ id, event: at % 10 === 7 ? 'RESET' : 'COMPLETE_PROCESSING' })),
    ...ids.map((id) => ({ id, event: 'RESET', expectedVersion: 3 })),
  ];
  const answers = await transitions(waybill.url, items);
  expect(answers).toHaveLength(1_000);
  const rounds = [0, 1, 2, 3].map((round) => answers.slice(round * 250, (round + 1) * 250));
  for (const [at, id] of ids.entries()) {
    const given = rounds.map((round) => round[at]?.code ?? round[at]?.file?.state);
    const wanted = {
      3: ['UPLOADING', 'FILE_NOT_FOUND', 'TRANSITION_NOT_ALLOWED', 'STALE_VERSION'],
      7: ['UPLOADING', 'PROCESSING', 'TRANSITION_NOT_ALLOWED', 'STALE_VERSION'],
    }[at % 10] ?? ['UPLOADING', 'PROCESSING', 'INDEXED', 'UNTRACKED'];
    expect(given, `file ${at}`).toEqual(wanted);
    expect(rounds.map((round) => round[at]?.file?.id ?? id)).toEqual([id, id, id, id]);
  }
});

it('works off several events of one file in the order given', async () => {
  const [id = ''] = await newFiles(1);
  const circle = ['START_UPLOAD', 'FAIL_UPLOAD', 'RETRY'];
  const events = [...circle, ...circle, 'RETRY', ...circle];
  const answers = await transitions(
    waybill.url,
    events.map((event) => ({ id, event })),
  );
  expect(answers.map(({ file, code }) => code ?? file?.version)).toEqual([
    1,
    2,
    3,
    4,
    5,
    6,
    'TRANSITION_NOT_ALLOWED',
    7,
    8,
    9,
  ]);
});

it('answers an item that is no valid request in its place, and the others as if it were not there', async () => {
  const [first = '', second = ''] = await newFiles(2);
  const answers = await transitions(waybill.url, [
    { id: first, event: 'START_UPLOAD' },
    { id: 'transition_1', event: 'START_UPLOAD' },
    { id: second, event: 'START_UPLOAD', expectedVersion: -1 },
    { id: second, event: 'START_UPLOAD' },
  ]);
  expect(answers.map(({ code, field, file }) => code ?? field ?? file?.id)).toEqual([
    first,
    'INVALID_INPUT',
    'INVALID_INPUT',
    second,
  ]);
});

it('takes no items, and refuses more than a thousand before anything is done', async () => {
  expect(await transitions(waybill.url, [])).toEqual([]);
  const [id = ''] = await newFiles(1);
  const input = Array.from({ length: 1_001 }, () => ({ id, event: 'START_UPLOAD' }));
  const query = `mutation T($input: [TransitionFileInput!]!) { transitionFiles(input: $input) { __typename } }`;
  const { status, errors } = await send(waybill.url, query, { input });
  expect(status).toBeLessThan(500);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', field: 'input' });
  expect(await readFile(waybill.url, id)).toMatchObject({ version: 0 });
});

it('answers FILE_BUSY for a file that another connection holds, and everybody else meanwhile', async () => {
  const [held = '', ...others] = await newFiles(50);
  const letGo = await holdFiles(waybill.database, uuidOf(held));
  const bulk = transitions(
    waybill.url,
    [held, ...others].map((id) => ({ id, event: 'START_UPLOAD' })),
  );
  // Asked while the bulk waits for the held row: neither its other files nor other requests wait with it.
  const moved = await Promise.all(others.map((id) => transition(waybill.url, id, 'FAIL_UPLOAD')));
  expect(moved.map(({ file }) => file?.version)).toEqual(others.map(() => 2));
  const [busy, ...rest] = await bulk;
  await letGo();
  expect(busy).toMatchObject({ __typename: 'RequestError', code: 'FILE_BUSY' });
  expect(rest.map(({ file }) => file?.version)).toEqual(others.map(() => 1));
  // Busy means not done: the retry is a first time.
  expect(await transition(waybill.url, held, 'START_UPLOAD')).toMatchObject({ file: { version: 1 } });
});
