// Bad input to operations that are well formed themselves: each gets its typed answer or a GraphQL error, and no more.
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

const REGISTER = `mutation ($input: RegisterFileInput!) { registerFile(input: $input) {
  __typename ... on Error { code message } ... on RequestError { field }
} }`;
const NEVER = 'file_018f0000-0000-7000-8000-000000000000';
const nest = (levels: number, inner: string): string => `${'{"a":'.repeat(levels)}${inner}${'}'.repeat(levels)}`;

/** Registers with an input written as JSON by hand, so that anything can be in it. */
async function register(input: string): Promise<{ result: Result | undefined; message: string }> {
  const body = `{"query": ${JSON.stringify(REGISTER)}, "variables": {"input": ${input}}}`;
  const raw = await post(waybill.url, body);
  expectClean(raw);
  const { data, errors } = JSON.parse(raw.text) as { data?: { registerFile: Result }; errors?: { message: string }[] };
  return { result: data?.registerFile, message: errors?.[0]?.message ?? '' };
}

const external = (fields: Record<string, unknown>): string =>
  JSON.stringify({ name: 'a file', transfer: 'EXTERNAL', ...fields });

describe('registerFile', () => {
  it.each([
    ['an empty name', { name: '' }, 'name'],
    ['a name of 10,000 characters', { name: 'x'.repeat(10_000) }, 'name'],
    ['a name of 1,025 characters', { name: 'x'.repeat(1_025) }, 'name'],
    ['a name of 1,025 characters of two code units', { name: '🧾'.repeat(1_025) }, 'name'],
    ['a line break in the name', { name: 'a\nb' }, 'name'],
    ['NUL in the name', { name: 'a\0b' }, 'name'],
    ['a C1 control character in the name', { name: 'a\u0085b' }, 'name'],
    ['half a surrogate pair in the name', { name: 'a\ud800b' }, 'name'],
    ['no media type', { contentType: 'picture' }, 'contentType'],
    ['a media type with a line break', { contentType: 'a/b\r\nx-evil: 1' }, 'contentType'],
    ['a media type with a line break before its parameter', { contentType: 'a/b;\r\n c=d' }, 'contentType'],
    ['a media type that no header can carry', { contentType: 'a/b; c="€"' }, 'contentType'],
    ['a media type of a megabyte', { contentType: `a/${'b'.repeat(2 ** 20)}` }, 'contentType'],
    ['a negative size', { size: -1 }, 'size'],
    ['a size beyond the largest upload', { size: 2 ** 53 - 1 }, 'size'],
    ['no size for a MANAGED file', { transfer: 'MANAGED' }, 'size'],
    ['a digest that is none', { sha256: 'g'.repeat(64) }, 'sha256'],
    ['metadata of a megabyte', { metadata: { a: 'x'.repeat(2 ** 20) } }, 'metadata'],
    ['metadata of 16 KiB and a byte', { metadata: { a: 'x'.repeat(2 ** 14 - 7) } }, 'metadata'],
    ['NUL in metadata', { metadata: { a: ['b\0'] } }, 'metadata'],
    ['NUL in a key of metadata', { metadata: { 'a\0': 1 } }, 'metadata'],
    ['half a surrogate pair in metadata', { metadata: { a: { b: '\udc00' } } }, 'metadata'],
    ['an empty idempotency key', { idempotencyKey: '' }, 'idempotencyKey'],
    ['an idempotency key of 201 characters', { idempotencyKey: 'k'.repeat(201) }, 'idempotencyKey'],
    ['NUL in the idempotency key', { idempotencyKey: 'k\0' }, 'idempotencyKey'],
    ['half a surrogate pair in the idempotency key', { idempotencyKey: '\ud800' }, 'idempotencyKey'],
  ])('answers %s with INVALID_INPUT and the field', async (_case, fields, field) => {
    const { result } = await register(external(fields));
    expect(result).toMatchObject({ __typename: 'RequestError', code: 'INVALID_INPUT', field });
  });

  it.each([
    ['__proto__ in metadata', '{"__proto__": {"admin": true}}'],
    ['__proto__ deep in metadata', '{"a": [{"__proto__": 1}]}'],
    ['metadata 33 levels deep', nest(33, '1')],
    ['metadata half a million levels deep', nest(500_000, '1')],
    ['lists half a million levels deep', `{"a": ${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
    ['a number beyond a double', '{"a": 1e999}'],
  ])('answers %s with INVALID_INPUT and the field', async (_case, metadata) => {
    const { result } = await register(`{"name": "x", "transfer": "EXTERNAL", "metadata": ${metadata}}`);
    expect(result).toMatchObject({ __typename: 'RequestError', code: 'INVALID_INPUT', field: 'metadata' });
  });

  it.each([
    ['a fractional size', '{"name": "x", "size": 1.5}', 'input.size'],
    ['a size of 2^53', '{"name": "x", "size": 9007199254740992}', 'input.size'],
    ['a size that is text', '{"name": "x", "size": "5"}', 'input.size'],
    [
      'a size that is lists half a million levels deep',
      `{"name": "x", "size": ${'['.repeat(5e5)}${']'.repeat(5e5)}}`,
      'input.size',
    ],
    ['metadata that is a list', '{"name": "x", "size": 1, "metadata": []}', 'input.metadata'],
    ['a name that is a number', '{"name": 5, "size": 1}', 'input.name'],
    ['no name', '{"size": 1}', 'name'],
    ['an unknown field', '{"name": "x", "size": 1, "path": "/etc/passwd"}', 'path'],
    ['an own __proto__', '{"name": "x", "size": 1, "__proto__": {"name": "y"}}', '__proto__'],
    ['null', 'null', '$input'],
  ])('answers %s with a GraphQL error that names the place', async (_case, input, place) => {
    const { result, message } = await register(input);
    expect(result).toBeUndefined();
    expect(message).toContain(place);
  });

  it('takes what is at the limits', async () => {
    const metadata = { a: 'x'.repeat(2 ** 14 - 8) };
    const fields = { name: '🧾'.repeat(1_024), size: 0, metadata, idempotencyKey: 'k'.repeat(200) };
    expect((await register(external(fields))).result).toEqual({ __typename: 'RegisterFileSuccess' });
    expect((await register(`{"name": "x", "transfer": "EXTERNAL", "metadata": ${nest(32, '1')}}`)).result).toEqual({
      __typename: 'RegisterFileSuccess',
    });
  });
});

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
