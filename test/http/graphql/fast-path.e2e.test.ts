// The short way in and Yoga's give the same answers: each request is sent twice, once with its length and once in chunks,
// which only Yoga takes. Status, type and body have to be the same to the byte.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFile, request, transition } from '../../support/client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';

let waybill: Instance;
let id: string;
beforeAll(async () => {
  waybill = await startInstance();
  id = await newFile(waybill.url, { metadata: { ünï: ['cödé ✓', 1, null] } });
  await transition(waybill.url, id, 'START_UPLOAD');
});
afterAll(() => waybill.stop());

type Answer = readonly [status: number | undefined, type: string | undefined, body: string];

async function ask(body: string | Buffer, headers: Record<string, string>, isChunked: boolean): Promise<Answer> {
  const length = isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(Buffer.byteLength(body)) };
  const options = { method: 'POST', headers: { 'content-type': 'application/json', ...headers, ...length } };
  return await new Promise((resolve, reject) => {
    const asking = httpRequest(`${waybill.url}/graphql`, options, (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      // Each request has an id of its own, and so has each attempt.
      const plain = (): string => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
      response.on('end', () => resolve([response.statusCode, response.headers['content-type'], plain()]));
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

async function expectTheSame(body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const short = await ask(body, headers, false);
  expect(short).toEqual(await ask(body, headers, true));
  // Known by now, whichever way it went before.
  expect(await ask(body, headers, false)).toEqual(short);
  return short;
}

const operation = (query: string, variables: object = {}, more: object = {}): string =>
  JSON.stringify({ query, variables, ...more });

const FIELDS = `id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts metadata
  failure { code } allowedEvents uploadUrl createdAt updatedAt`;
const HISTORY = 'transitions(first: 1) { edges { cursor node { id fileId event actor } } pageInfo { hasNextPage } }';

describe('the same answer to', () => {
  it.each([
    ['introspection', () => operation('{ __schema { types { name kind fields { name } } } __typename }')],
    [
      'a file',
      () => operation(`query ($id: ID!) { file(id: $id) { ${FIELDS} ${HISTORY} } node(id: $id) { id } }`, { id }),
    ],
    [
      'a list',
      () => operation(`{ files(first: 5) { edges { cursor node { ${FIELDS} } } } fileCounts { state count } }`),
    ],
    ['an alias and a fragment', () => operation('{ a: file(id: "x") { ...F } } fragment F on File { id }')],
    [
      'one operation of two',
      () => operation('query A { __typename } query B { b: __typename }', {}, { operationName: 'B' }),
    ],
    [
      'a refusal',
      () =>
        operation(
          'mutation ($id: ID!) { startUpload(input: {id: $id}) { __typename ... on Error { code message } ... on TransitionRejected { file { state } } } }',
          { id },
        ),
    ],
    [
      'a refusal without a file',
      () => operation('mutation { startUpload(input: {id: "x"}) { __typename ... on RequestError { field } } }'),
    ],
    [
      'many refusals',
      () =>
        operation(
          'mutation ($i: [TransitionFileInput!]!) { transitionFiles(input: $i) { __typename ... on Error { code } } }',
          { i: Array.from({ length: 20 }, () => ({ id, event: 'RESET' })) },
        ),
    ],
    [
      'skip and include',
      () =>
        operation('query ($y: Boolean!) { a: __typename @skip(if: $y) b: __typename @include(if: $y) }', { y: true }),
    ],
    ['an argument out of range', () => operation('{ files(first: -1) { edges { cursor } } feedCursor }')],
    [
      'an error beside data',
      () =>
        operation('mutation ($i: [TransitionFileInput!]!) { transitionFiles(input: $i) { __typename } }', {
          i: Array.from({ length: 1_001 }, () => ({ id: 'x', event: 'RESET' })),
        }),
    ],
    ['a variable that is missing', () => operation('query ($id: ID!) { file(id: $id) { id } }')],
    [
      'a variable of the wrong type',
      () => operation('query ($n: Int) { files(first: $n) { edges { cursor } } }', { n: 'x' }),
    ],
    ['a field that is not there', () => operation('{ nope }')],
    ['what does not parse', () => operation('{')],
    ['an empty document', () => operation('')],
    ['an operation that is not there', () => operation('query A { __typename }', {}, { operationName: 'B' })],
    ['two operations and no name', () => operation('query A { __typename } query B { __typename }')],
    ['a subscription', () => operation('subscription { file(id: "x") { id } }')],
    ['201 aliases', () => operation(`{ ${Array.from({ length: 201 }, (_, at) => `a${at}: feedCursor`).join(' ')} }`)],
    ['100,000 tokens', () => operation(`{ ${'__typename '.repeat(100_000)} }`)],
    ['101 levels', () => operation(`${'{a'.repeat(101)}${'}'.repeat(101)}`)],
    ['no JSON', () => '{"query":'],
    ['a batch', () => `[${operation('{ __typename }')}]`],
    ['an unknown parameter', () => operation('{ __typename }', {}, { more: 1 })],
    ['variables that are a list', () => operation('{ __typename }', [])],
    ['no body', () => ''],
  ])('%s', async (_case, body) => {
    for (const accept of ['*/*', 'application/json', 'application/graphql-response+json, application/json;q=0.9']) {
      await expectTheSame(body(), { accept });
    }
  });

  it.each([
    'text/html',
    'text/event-stream',
    'multipart/mixed',
    'application/json; charset=latin1',
    'text/event-stream, application/json',
  ])('accept: %s', async (accept) => {
    await expectTheSame(operation('{ __typename }'), { accept });
    await expectTheSame(operation('{ nope }'), { accept });
  });

  it('bytes that are no UTF-8', async () => {
    await expectTheSame(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]));
    await expectTheSame(
      Buffer.concat([Buffer.from('{"query":"{ __typename } #'), Buffer.from([0xff]), Buffer.from('"}')]),
    );
  });
});

/** What a stream sends up to so many events; or all of it, when it is completed before. */
async function listen(body: string, isChunked: boolean, events: number): Promise<string> {
  const length = isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(Buffer.byteLength(body)) };
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream', ...length };
  return await new Promise((resolve, reject) => {
    const asking = httpRequest(`${waybill.url}/graphql`, { method: 'POST', headers }, (response) => {
      const seen = ['content-type', 'cache-control', 'x-accel-buffering'].map((name) => response.headers[name]);
      let text = `${response.statusCode} ${seen.join(', ')}\n`;
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.split('event: next').length > events && text.endsWith('\n\n')) asking.destroy();
      });
      response.once('close', () => resolve(text.replaceAll(/"requestId":"[^"]*"/g, '')));
    });
    asking.once('error', reject);
    asking.end(body);
  });
}

it('a stream of events is the same both ways: ids, payloads, the end and errors', async () => {
  const { feedCursor: after } = await request<{ feedCursor: string }>(waybill.url, '{ feedCursor }');
  const gone = await newFile(waybill.url);
  for (const event of ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING']) {
    await transition(waybill.url, gone, event);
  }
  const changes =
    'subscription ($a: Cursor) { fileChanges(after: $a) { kind ... on FileTransitioned { file { version } } } }';
  const history =
    'subscription ($a: Cursor) { fileChanges(after: $a) { ... on FileTransitioned { file { transitions { edges { node { version } } } } } } }';
  for (const query of [changes, history]) {
    const short = await listen(operation(query, { a: after }), false, 4);
    expect(short).toBe(await listen(operation(query, { a: after }), true, 4));
    expect(short.match(/^id: /gm)).toHaveLength(5);
  }
  const progress = operation('subscription ($id: ID!) { uploadProgress(id: $id) { state } }', { id: gone });
  expect(await listen(progress, false, 9)).toBe(await listen(progress, true, 9));
  const refused = operation('subscription { fileChanges(after: "nope") { kind } }');
  expect(await listen(refused, false, 9)).toBe(await listen(refused, true, 9));
});

it('what was refused once is refused each time, and in the same words', async () => {
  const refused = [
    operation('{ nope }'),
    operation(`{ ${Array.from({ length: 201 }, (_, at) => `a${at}: feedCursor`).join(' ')} }`),
    operation('{'),
  ];
  for (const body of refused) {
    const first = await expectTheSame(body);
    expect(first[2]).toMatch(/^\{"errors":/);
    for (let time = 0; time < 5; time += 1) expect(await ask(body, {}, false)).toEqual(first);
  }
});

it('a request that breaks off is nobody else’s matter, and one that comes in pieces is answered', async () => {
  const body = operation('{ __typename }');
  const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
  const broken = httpRequest(`${waybill.url}/graphql`, { method: 'POST', headers });
  broken.on('error', () => undefined);
  broken.write(body.slice(0, 10));
  const slow = new Promise<number | undefined>((resolve) => {
    const asking = httpRequest(`${waybill.url}/graphql`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asking.write(body.slice(0, 10));
    setTimeout(() => asking.end(body.slice(10)), 50);
  });
  expect(await slow).toBe(200);
  broken.destroy();
  expect((await ask(body, {}, false))[0]).toBe(200);
  expect(waybill.log.filter(({ level }) => Number(level) >= 40)).toEqual([]);
});
