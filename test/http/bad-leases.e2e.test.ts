// Bad input to the API of workers: each gets its typed answer, over HTTP and over a WebSocket alike, and changes nothing.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectServing } from '../support/clean.ts';
import { type GraphQLErrorShape, connect, send } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { CLAIM, OPERATIONS, type Outcome, call, claim, readProcessed, upload } from '../support/worker-api.ts';

let waybill: Instance;
let url: string;
let id: string;
let leaseToken: string;
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
  id = await upload(url, 'a file');
  [{ leaseToken } = { leaseToken: '' }] = await claim(url, { leaseSeconds: 3_600 });
});
afterAll(() => waybill.stop());
afterEach(() => expectServing(url));

interface Answered {
  readonly data?: Record<string, Outcome> | null;
  readonly errors?: readonly GraphQLErrorShape[];
}

const overHttp = (query: string, input: object): Promise<Answered> => send(url, query, { input });

async function overSocket(query: string, input: object): Promise<Answered> {
  const client = connect(url);
  try {
    for await (const result of client.iterate<Record<string, Outcome>>({ query, variables: { input } })) {
      return result as Answered;
    }
    return {};
  } catch (errors) {
    return { errors: errors as GraphQLErrorShape[] };
  } finally {
    await client.dispose();
  }
}

const WAYS = [
  ['HTTP', overHttp],
  ['a WebSocket', overSocket],
] as const;
const MIB = 'x'.repeat(2 ** 20);

describe.each(WAYS)('over %s', (_way, ask) => {
  it.each([
    ['a limit of a billion', { limit: 1e9 }, 'limit'],
    ['a limit of 0', { limit: 0 }, 'limit'],
    ['a negative limit', { limit: -1 }, 'limit'],
    ['a lease of 4 s', { leaseSeconds: 4 }, 'leaseSeconds'],
    ['a lease of a year', { leaseSeconds: 31_536_000 }, 'leaseSeconds'],
    ['a wait of 61 s', { waitSeconds: 61 }, 'waitSeconds'],
    ['no name', { worker: '' }, 'worker'],
    ['a name of a megabyte', { worker: MIB }, 'worker'],
    ['NUL in the name', { worker: 'a\0' }, 'worker'],
    ['no media types', { contentTypes: [] }, 'contentTypes'],
    ['what is no media type', { contentTypes: ['image/png', 'picture'] }, 'contentTypes'],
    ['a pattern', { contentTypes: ['%/%'] }, 'contentTypes'],
    ['a thousand media types', { contentTypes: Array.from({ length: 1_000 }, () => 'a/b') }, 'contentTypes'],
  ])('a claim with %s is INVALID_INPUT with the field', async (_case, input, field) => {
    const { data, errors } = await ask(CLAIM, { worker: 'w', ...input });
    expect(data ?? null).toBeNull();
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', field });
  });

  it.each([
    ['progress of 2', { progress: 2 }, 'progress'],
    ['progress of -1', { progress: -1 }, 'progress'],
    ['a message of a megabyte', { message: MIB }, 'message'],
    ['NUL in the message', { message: 'a\0' }, 'message'],
    ['properties of 33 KiB', { properties: { a: 'x'.repeat(33 * 1_024) } }, 'properties'],
    ['NUL in properties', { properties: { a: ['\0'] } }, 'properties'],
    ['a lease of a day', { leaseSeconds: 86_400 }, 'leaseSeconds'],
    ['a token of a megabyte', { leaseToken: MIB }, 'leaseToken'],
    ['NUL in the token', { leaseToken: 'a\0' }, 'leaseToken'],
    ['what is no id', { id: '../a' }, 'id'],
  ])('a sign of life with %s is INVALID_INPUT with the field', async (_case, input, field) => {
    const { data } = await ask(OPERATIONS.extendLease, { id, leaseToken, ...input });
    expect(data?.['extendLease']).toEqual({ __typename: 'RequestError', code: 'INVALID_INPUT', field });
  });

  it.each([
    ['text without a lease', { leaseToken: null, text: 'a' }],
    ['text of a megabyte and a byte', { text: `${MIB}x` }],
    ['NUL in the text', { text: 'a\0' }],
    ['text that comes with another event', { event: 'FAIL_PROCESSING', text: 'a' }],
  ])('an end with %s is INVALID_INPUT', async (_case, input) => {
    const end = { id, event: 'COMPLETE_PROCESSING', leaseToken, ...input };
    const { data } = await ask(OPERATIONS.transitionFile, end);
    expect(data?.['transitionFile']).toMatchObject({ code: 'INVALID_INPUT', field: 'text' });
  });

  it('the token of another file, or of nothing, is a stale lease', async () => {
    const other = await upload(url, 'another file');
    const [taken] = await claim(url);
    for (const token of [taken!.leaseToken, 'nothing', '018f0000-0000-7000-8000-000000000000']) {
      for (const name of ['extendLease', 'releaseLease'] as const) {
        const { data } = await ask(OPERATIONS[name], { id, leaseToken: token });
        expect(data?.[name]).toMatchObject({ code: 'STALE_LEASE', field: 'leaseToken' });
      }
      const end = { id, event: 'COMPLETE_PROCESSING', leaseToken: token, text: 'not mine' };
      const { data } = await ask(OPERATIONS.transitionFile, end);
      expect(data?.['transitionFile']).toMatchObject({ __typename: 'TransitionRejected', code: 'STALE_LEASE' });
    }
    const event = 'COMPLETE_PROCESSING';
    await call(url, 'transitionFile', { id: other, event, leaseToken: taken!.leaseToken });
  });

  it('a number that is none is a GraphQL error', async () => {
    const asked = [ask(withProgress('NaN'), {}), ask(OPERATIONS.extendLease, { id, leaseToken, progress: 'NaN' })];
    for (const { errors } of await Promise.all(asked)) {
      expect(errors?.[0]?.extensions?.['code']).toMatch(/^(GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT)$/);
    }
  });

  it('a file that is not there is not found', async () => {
    const input = { id: 'file_018f0000-0000-7000-8000-000000000000' };
    for (const name of ['extendLease', 'releaseLease', 'cancelProcessing'] as const) {
      const { data } = await ask(OPERATIONS[name], name === 'cancelProcessing' ? input : { ...input, leaseToken });
      expect(data?.[name]).toMatchObject({ __typename: 'RequestError', code: 'FILE_NOT_FOUND' });
    }
  });

  it.each([
    ['ids and a filter', { ids: [], filter: {} }, 'ids'],
    ['a version of no processor', { versionNot: '2' }, 'versionNot'],
    ['two billion files', { first: 2_000_000_000 }, 'first'],
    ['no files', { first: 0 }, 'first'],
    ['a processor with NUL', { processor: '\0' }, 'processor'],
    ['what is no id', { ids: ['x'] }, 'ids'],
    ['NUL in the filter', { filter: { nameContains: '\0' } }, 'filter.nameContains'],
  ])('reprocessing %s is INVALID_INPUT with the field', async (_case, input, field) => {
    const { data } = await ask(OPERATIONS.reprocessFiles, input);
    expect(data?.['reprocessFiles']).toEqual({ __typename: 'RequestError', code: 'INVALID_INPUT', field });
  });
});

/** A sign of life with the progress written into the document, which may say what JSON cannot. */
const withProgress = (progress: string): string =>
  OPERATIONS.extendLease
    .replace('($input: ExtendLeaseInput!)', '')
    .replace('input: $input', `input: { id: "${id}", leaseToken: "${leaseToken}", progress: ${progress} }`);

it('progress beyond a double is INVALID_INPUT', async () => {
  const { data } = await overHttp(withProgress('1e999'), {});
  expect(data?.['extendLease']).toMatchObject({ code: 'INVALID_INPUT', field: 'progress' });
});

it('properties of 10 MiB are refused, and the lease is as it was', async () => {
  const properties = { a: MIB.repeat(10) };
  const body = JSON.stringify({ query: OPERATIONS.extendLease, variables: { input: { id, leaseToken, properties } } });
  const headers = { 'content-type': 'application/json' };
  const answered = await fetch(`${url}/graphql`, { method: 'POST', headers, body }).catch((error: unknown) => error);
  expect(answered instanceof Response ? answered.status : 413).toBe(413);
  const client = connect(url);
  const closed = new Promise<unknown>((resolve) => client.on('closed', resolve));
  client.subscribe(JSON.parse(body), { next: () => undefined, error: () => undefined, complete: () => undefined });
  expect(await closed).toMatchObject({ code: 1009 });
  expect(await call(url, 'extendLease', { id, leaseToken })).toMatchObject({ __typename: 'ExtendLeaseSuccess' });
});

it('a sign of life after the lease is over is a stale lease', async () => {
  const file = await upload(url, 'late');
  const [taken] = await claim(url, { leaseSeconds: 5 });
  await waybill.database.query('update file set claimable_at = now() where id = $1', [file.slice('file_'.length)]);
  const late = { id: file, leaseToken: taken!.leaseToken };
  expect(await call(url, 'extendLease', late)).toMatchObject({ code: 'STALE_LEASE' });
  const end = { ...late, event: 'COMPLETE_PROCESSING' };
  expect(await call(url, 'transitionFile', end)).toMatchObject({ code: 'STALE_LEASE' });
  expect(await readProcessed(url, file)).toMatchObject({ state: 'PROCESSING' });
});
