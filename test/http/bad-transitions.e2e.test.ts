// Bad input to mutations of files that exist, or do not: each gets its typed answer or a GraphQL error, and no more.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectClean, expectServing } from '../support/clean.ts';
import { type Result, newFile, send, transition, transitions } from '../support/client.ts';
import { JSON_HEADERS, post } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());
afterEach(() => expectServing(waybill.url));

const NEVER = 'file_018f0000-0000-7000-8000-000000000000';

describe('ids', () => {
  const transitionId = 'transition_018f0000-0000-7000-8000-000000000000_1';
  const malformed = ['', 'x', '018f0000-0000-7000-8000-000000000000', NEVER.toUpperCase(), `${NEVER}0`, `${NEVER}\n`];
  const strange = [...malformed, `file_\0`, '\ud800', "' or 1=1 --", 'x'.repeat(100_000), transitionId];

  it.each(strange.map((id) => [JSON.stringify(id).slice(0, 60), id]))('%s finds nothing', async (_name, id) => {
    const query = 'query ($id: ID!) { file(id: $id) { id } node(id: $id) { id } }';
    expect(await send(waybill.url, query, { id })).toMatchObject({ status: 200, data: { file: null, node: null } });
  });

  it.each(strange.map((id) => [JSON.stringify(id).slice(0, 60), id]))('%s moves nothing', async (_name, id) => {
    const refusal = { __typename: 'RequestError', code: 'INVALID_INPUT', field: 'id' };
    expect(await transition(waybill.url, id, 'START_UPLOAD')).toMatchObject(refusal);
  });

  it('an id that never was is FILE_NOT_FOUND', async () => {
    const refusal = { __typename: 'RequestError', code: 'FILE_NOT_FOUND' };
    expect(await transition(waybill.url, NEVER, 'START_UPLOAD')).toMatchObject(refusal);
  });
});

describe('transitions', () => {
  it.each([
    ['a negative expectedVersion', { expectedVersion: -1 }, 'expectedVersion'],
    ['NUL in the idempotency key', { idempotencyKey: 'k\0' }, 'idempotencyKey'],
    ['half a surrogate pair in the idempotency key', { idempotencyKey: '\udfff' }, 'idempotencyKey'],
    ['NUL in the failure', { failure: { code: 'A\0', message: 'x' } }, 'failure.code'],
    ['half a surrogate pair in the failure', { failure: { code: 'A', message: '\ud800' } }, 'failure.message'],
    ['an empty failure code', { failure: { code: '', message: 'x' } }, 'failure.code'],
    [
      'a failure message of 2,001 characters',
      { failure: { code: 'A', message: 'x'.repeat(2_001) } },
      'failure.message',
    ],
  ])('%s is INVALID_INPUT with the field', async (_case, more, field) => {
    const id = await newFile(waybill.url);
    const refusal = { __typename: 'RequestError', code: 'INVALID_INPUT', field };
    expect(await transition(waybill.url, id, 'FAIL_UPLOAD', more)).toMatchObject(refusal);
  });

  it('a failure with an event that fails nothing is INVALID_INPUT', async () => {
    const id = await newFile(waybill.url);
    const answer = await transition(waybill.url, id, 'START_UPLOAD', { failure: { code: 'A', message: 'x' } });
    expect(answer).toMatchObject({ code: 'INVALID_INPUT', field: 'failure' });
  });

  it.each(['NOPE', 'start_upload', '', 5, null, ['START_UPLOAD', 'RETRY']])(
    'the event %j is a GraphQL error',
    async (event) => {
      const query = 'mutation ($input: TransitionFileInput!) { transitionFile(input: $input) { __typename } }';
      const body = JSON.stringify({ query, variables: { input: { id: NEVER, event } } });
      const raw = await post(waybill.url, body, JSON_HEADERS);
      expectClean(raw);
      expect(raw.status).toBe(400);
      expect(raw.text).toMatch(/"message":"Variable \\"\$input\\" got invalid value .*input\.event/);
    },
  );

  it('1,001 items in a bulk are refused, 1,000 are answered one by one', async () => {
    const query = 'mutation ($i: [TransitionFileInput!]!) { transitionFiles(input: $i) { __typename } }';
    const items = Array.from({ length: 1_001 }, () => ({ id: NEVER, event: 'RETRY' }));
    const { data, errors } = await send(waybill.url, query, { i: items });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { path: ['transitionFiles'], extensions: { code: 'INVALID_INPUT', field: 'input' } },
    ]);
    const answers = await transitions(waybill.url, items.slice(1));
    expect(answers.map(({ code }) => code)).toEqual(Array.from({ length: 1_000 }, () => 'FILE_NOT_FOUND'));
  });

  it('items of a bulk that are no commands are refused in place', async () => {
    const id = await newFile(waybill.url);
    const start = { id, event: 'START_UPLOAD' };
    const answers = await transitions(waybill.url, [
      { id: 'x', event: 'RETRY' },
      start,
      { ...start, expectedVersion: -1 },
    ]);
    expect(answers.map(({ __typename, code, field }) => [__typename, code, field])).toEqual([
      ['RequestError', 'INVALID_INPUT', 'id'],
      ['TransitionFileSuccess', undefined, undefined],
      ['RequestError', 'INVALID_INPUT', 'expectedVersion'],
    ]);
  });
});

describe('other mutations', () => {
  const OUTCOME = '{ __typename ... on Error { code } ... on RequestError { field } }';

  it.each([
    ['progress below zero', 'reportUploadProgress', { bytesReceived: -1 }, ['RequestError', 'bytesReceived']],
    ['progress of nobody', 'reportUploadProgress', { id: 'x', bytesReceived: 1 }, ['RequestError', 'id']],
    ['progress beyond the size', 'reportUploadProgress', { bytesReceived: 11 }, ['TransitionRejected', undefined]],
    ['the deletion of nobody', 'deleteFile', { id: 'x' }, ['RequestError', 'id']],
    [
      'the deletion of a version below zero',
      'deleteFile',
      { expectedVersion: -1 },
      ['RequestError', 'expectedVersion'],
    ],
  ])('%s is INVALID_INPUT', async (_case, name, input, [typename, field]) => {
    const id = await newFile(waybill.url, { size: 10 });
    await transition(waybill.url, id, 'START_UPLOAD');
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`;
    const query = `mutation ($input: ${type}) { result: ${name}(input: $input) ${OUTCOME} }`;
    const { data } = await send<{ result: Result }>(waybill.url, query, { input: { id, ...input } });
    expect(data?.result).toMatchObject({ __typename: typename, code: 'INVALID_INPUT' });
    expect(data?.result.field).toBe(field);
  });
});
