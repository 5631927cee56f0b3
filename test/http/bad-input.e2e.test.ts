// Bad input to operations that are well formed themselves: each gets its typed answer or a GraphQL error, and no more.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectClean, expectServing } from '../support/clean.ts';
import { type Result, send } from '../support/client.ts';
import { post } from '../support/http.ts';
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

describe('all that is wrong is told at once', () => {
  const FIELDS = '... on RequestError { code field message issues { field message } }';

  it.each([
    ['registerFile', '{ name: "", sha256: "x" }', ['size', 'name', 'sha256']],
    ['transitionFile', '{ id: "x", event: RESET, expectedVersion: -1 }', ['id', 'expectedVersion']],
    ['reportUploadProgress', '{ id: "x", bytesReceived: -1 }', ['id', 'bytesReceived']],
    ['deleteFile', '{ id: "x", expectedVersion: -1 }', ['id', 'expectedVersion']],
  ])('by %s', async (name, input, fields) => {
    const query = `mutation { result: ${name}(input: ${input}) { ${FIELDS} } }`;
    type Told = Result & { readonly issues: readonly { field: string; message: string }[] };
    const { data } = await send<{ result: Told }>(waybill.url, query);
    const { field, message, issues } = data!.result;
    expect(issues.map((issue) => issue.field)).toEqual(fields);
    expect(issues[0]).toEqual({ field, message });
    for (const issue of issues) expect(issue.message).toMatch(/ must | is required /);
  });

  it('and a refusal that is not about the input has no issues', async () => {
    const { data } = await send<{ result: object }>(
      waybill.url,
      `mutation { result: deleteFile(input: { id: "${NEVER}" }) { ${FIELDS} } }`,
    );
    expect(data?.result).toMatchObject({ code: 'FILE_NOT_FOUND', field: 'id', issues: [] });
  });
});

describe('text to look for in names', () => {
  const find = (nameContains: string): ReturnType<typeof send> =>
    send(waybill.url, 'query ($f: FileFilter) { files(filter: $f) { edges { cursor } } }', { f: { nameContains } });

  it.each([
    ['of 1,025 characters', 'x'.repeat(1_025)],
    ['of 900 kB of wildcards', 'a%_'.repeat(300_000)],
    ['with NUL', 'a\0'],
  ])('%s is INVALID_INPUT, and its field is named', async (_case, text) => {
    const { errors } = await find(text);
    const field = 'filter.nameContains';
    const issue = { field, message: expect.stringContaining(field) as string };
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', field, issues: [issue] } }]);
  });

  it.each(['', '%', '_\\', '🧾'.repeat(1_024)])('%j is looked for', async (text) => {
    const { data, errors } = await find(text);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ files: { edges: expect.any(Array) as unknown[] } });
  });
});
