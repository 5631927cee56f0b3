// An operation that is refused before it is executed is refused in the same words and with the same code on every way in:
// the fast path, Yoga (a body in chunks), server-sent events and WebSocket. What one caller is told depends on no other.
import { type Client, createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { JSON_HEADERS } from '../../support/http.ts';
import { type Instance, startInstance } from '../../support/instance.ts';

interface Params {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}

interface Refusal {
  readonly message: string;
  readonly extensions?: Record<string, unknown>;
}

const GRAPHQL = 'application/graphql-response+json';

let waybill: Instance;
let socket: Client;
beforeAll(async () => {
  waybill = await startInstance({ env: { WAYBILL_MAX_COST: '5000' } });
  socket = createClient({ url: `${waybill.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
});
afterAll(async () => {
  await socket.dispose();
  await waybill.stop();
});

async function post(params: Params, accept: string, inChunks: boolean): Promise<Response> {
  const text = JSON.stringify(params);
  const body = inChunks ? { body: new Blob([text]).stream(), duplex: 'half' } : { body: text };
  return await fetch(`${waybill.url}/graphql`, { method: 'POST', headers: { ...JSON_HEADERS, accept }, ...body });
}

async function overHttp(params: Params, inChunks: boolean, accept = GRAPHQL): Promise<readonly Refusal[]> {
  const response = await post(params, accept, inChunks);
  expect(response.status).toBe(params.query.startsWith('subscription') ? 200 : 400);
  const answer = (await response.json()) as { data?: unknown; errors: Refusal[] };
  expect(answer).not.toHaveProperty('data');
  return answer.errors;
}

async function overEvents(params: Params): Promise<readonly Refusal[]> {
  const text = await (await post(params, 'text/event-stream', false)).text();
  const [, data] = /^data: (\{.*)$/m.exec(text) ?? [];
  return (JSON.parse(data ?? '{}') as { errors: Refusal[] }).errors;
}

function overSocket(params: Params): Promise<readonly Refusal[]> {
  return new Promise((resolve, reject) => {
    socket.subscribe(params, {
      next: ({ errors }) => resolve((errors ?? []) as readonly Refusal[]),
      error: (errors) => resolve(errors as readonly Refusal[]),
      complete: () => reject(new Error('completed without an answer')),
    });
  });
}

const ALIASES = Array.from({ length: 201 }, (_, at) => `a${at}: feedCursor`).join(' ');
const CASES: Readonly<Record<string, Params & { readonly code: string }>> = {
  'a syntax error': { query: '{', code: 'GRAPHQL_PARSE_FAILED' },
  'a document that is too deep': { query: `${'{a'.repeat(101)}${'}'.repeat(101)}`, code: 'GRAPHQL_PARSE_FAILED' },
  'a field that does not exist': { query: '{ nope }', code: 'GRAPHQL_VALIDATION_FAILED' },
  'too many aliases': { query: `{ ${ALIASES} }`, code: 'GRAPHQL_VALIDATION_FAILED' },
  'an operation that does not exist': {
    query: 'query A { __typename }',
    operationName: 'B',
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  'an operation that does not exist, in an invalid document': {
    query: 'query A { nope }',
    operationName: 'B',
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  'two operations and no name': {
    query: 'query A { __typename } query B { __typename }',
    code: 'OPERATION_RESOLUTION_FAILURE',
  },
  'a variable that is missing': { query: 'query ($id: ID!) { file(id: $id) { id } }', code: 'BAD_USER_INPUT' },
  'a variable of the wrong type': {
    query: 'query ($n: Int) { files(first: $n) { edges { cursor } } }',
    variables: { n: 'x' },
    code: 'BAD_USER_INPUT',
  },
  'a condition without its variable': {
    query: 'query ($x: Boolean!) { feedCursor @skip(if: $x) }',
    code: 'BAD_USER_INPUT',
  },
  'a subscription with a variable of the wrong type': {
    query: 'subscription ($n: [ID!]) { fileChanges(filter: {ids: $n}) { kind } }',
    variables: { n: {} },
    code: 'BAD_USER_INPUT',
  },
  'an operation that costs too much': {
    query: '{ files(first: 500) { edges { cursor } } }',
    code: 'COST_LIMIT_EXCEEDED',
  },
  'a subscription that costs too much': {
    query: `subscription { fileChanges { ... on FileRegistered { file {
      transitions(first: 1000) { edges { node { event } } } } } } }`,
    code: 'COST_LIMIT_EXCEEDED',
  },
};

describe.each(Object.entries(CASES))('%s', (_name, { code, ...params }) => {
  it('is refused in the same words on every way, whoever was refused before', async () => {
    const first = await overHttp(params, false);
    expect(first[0]).toMatchObject({ message: expect.stringMatching(/\w/) as string, extensions: { code } });
    // Twice, so that each way comes after each other.
    for (let time = 0; time < 2; time += 1) {
      expect(await overSocket(params)).toEqual(first);
      expect(await overHttp(params, true)).toEqual(first);
      expect(await overEvents(params)).toEqual(first);
      expect(await overHttp(params, false)).toEqual(first);
    }
    expect(JSON.stringify(first)).not.toContain('"http"');
  });
});
