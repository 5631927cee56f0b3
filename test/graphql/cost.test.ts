// What operations cost, and which are refused for it. The numbers are those of docs/frontend.md.
import { type DocumentNode, type GraphQLError, getIntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { CostLimit, NativeDocuments, schema } from '../support/native.ts';

const LIMIT = 100_000;
const documents = new NativeDocuments(schema);

function parse(query: string): DocumentNode {
  const document = documents.parse(query);
  expect(documents.validate(document)).toEqual([]);
  return document;
}

const check = (query: string, variableValues: Record<string, unknown> = {}): number | GraphQLError =>
  new CostLimit(schema, LIMIT).check({ schema, document: parse(query), variableValues });

function refusalOf(query: string, variables: Record<string, unknown> = {}): GraphQLError {
  const refusal = check(query, variables);
  if (typeof refusal === 'number') throw new TypeError(`it costs ${refusal}`);
  return refusal;
}

const FILE = `fragment F on File { id name contentType transfer size bytesReceived sha256 state version attempts
  maxAttempts failure { code message retryable } allowedEvents uploadUrl contentUrl metadata createdAt updatedAt }`;
const many = Array.from({ length: 1_000 }, () => ({}));
const bulk = `mutation ($i: [TransitionFileInput!]!) { transitionFiles(input: $i) { __typename
  ... on TransitionFileSuccess { replayed file { ...F } transition { id event from to version actor attemptId } }
  ... on TransitionRejected { code message attemptId allowedEvents file { ...F } }
  ... on RequestError { code message field } } } ${FILE}`;

describe('an operation costs', () => {
  it.each([
    ['1 for each field', '{ feedCursor lifecycle { version mermaid } }', {}, 4],
    ['40 for each file that a list may have', '{ files(first: 100) { pageInfo { hasNextPage } } }', {}, 4_003],
    ['what is in a list as often', '{ files(first: 100) { edges { node { id name } } } }', {}, 4_302],
    ['50 items where none are asked for', '{ files { edges { cursor } } }', {}, 2_052],
    ['what a variable asks for', 'query ($n: Int) { files(first: $n) { edges { cursor } } }', { n: 10 }, 412],
    ['what its default asks for', 'query ($n: Int = 20) { files(last: $n) { edges { cursor } } }', {}, 822],
    ['no more than the largest page', '{ files(first: 2000000000) { edges { cursor } } }', {}, 41_002],
    ['nothing for what is left out', 'query ($x: Boolean!) { feedCursor @skip(if: $x) __typename }', { x: true }, 1],
    [
      '5,000 for a search, and as much as a list',
      '{ searchFiles(query: "a", first: 1000) { edges { rank } } }',
      {},
      9_101,
    ],
    ['50 for snippets', '{ searchFiles(query: "a", first: 2) { edges { snippets { text } } } }', {}, 5_187],
    ['10 for metadata', '{ file(id: "x") { metadata } }', {}, 11],
    [
      'a field that is named twice once',
      '{ feedCursor feedCursor ...A ...A } fragment A on Query { feedCursor }',
      {},
      1,
    ],
    [
      '40 for each item of a mutation',
      'mutation { registerFiles(input: [{name: "a"}, {name: "b"}]) { __typename } }',
      {},
      82,
    ],
    [
      '40 for each file that may be claimed',
      'mutation { claimFiles(input: {worker: "w", limit: 5}) { attempt } }',
      {},
      205,
    ],
    ['40 for ten files where no limit is given', 'mutation { claimFiles(input: {worker: "w"}) { attempt } }', {}, 410],
    [
      'no more than the most that can be claimed',
      'mutation ($i: ClaimFilesInput!) { claimFiles(input: $i) { attempt } }',
      { i: { worker: 'w', limit: 1e9 } },
      4_100,
    ],
    [
      '40 for each file that may be processed again',
      'mutation ($n: Int) { reprocessFiles(input: {first: $n}) { __typename } }',
      { n: 1_000 },
      40_001,
    ],
    ['40 for each of them by its id', 'mutation { reprocessFiles(input: {ids: ["a", "b"]}) { __typename } }', {}, 81],
  ])('%s', (_case, query, variables, cost) => {
    expect(check(query, variables)).toBe(cost);
  });

  it('of the possible types of an object that of the dearest', () => {
    const [success, both] = [
      '... on TransitionFileSuccess { file { ...F } }',
      '... on TransitionFileSuccess { file { ...F } } ... on TransitionRejected { file { ...F } }',
    ].map((selection) => check(`mutation { startUpload(input: {id: "x"}) { ${selection} } } ${FILE}`));
    expect(both).toBe(success);
  });
});

describe('within the limit is', () => {
  it.each([
    ['a page of 1,000 files with every field', `{ files(first: 1000) { edges { cursor node { ...F } } } } ${FILE}`, {}],
    ['a bulk of 1,000 with every field of its results', bulk, { i: many }],
    [
      'a page of files, each with a page of its history',
      `{ files { edges { node { ...F transitions { edges { node { event from to } } } } } } } ${FILE}`,
      {},
    ],
    [
      'the introspection of GraphiQL and codegen',
      getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true, oneOf: true }),
      {},
    ],
  ])('%s', (_case, query, variables) => {
    expect(check(query, variables)).toBeLessThan(LIMIT);
  });
});

describe('refused is', () => {
  it('a list in a list in many aliases, with its cost and the limit', () => {
    const aliases = Array.from({ length: 20 }, (_, at) => `t${at}: transitions(first: 1000) { edges { node { id } } }`);
    const { message, extensions } = refusalOf(`{ files(first: 1000) { edges { node { ${aliases.join(' ')} } } } }`);
    expect(extensions).toEqual({ code: 'COST_LIMIT_EXCEEDED', cost: 240_081_002, limit: LIMIT });
    expect(message).toMatch(/^The operation costs 240081002, and the limit is 100000 \(WAYBILL_MAX_COST\)\. /);
  });

  it('what fragments repeat without end, after a look at a part of it', () => {
    const types = Array.from(
      { length: 30 },
      (_, at) => `fragment T${at} on __Type { a: ofType { ...T${at + 1} } b: ofType { ...T${at + 1} } }`,
    );
    const query = `{ __type(name: "File") { ...T0 } } ${types.join(' ')} fragment T30 on __Type { name }`;
    // Not validated: the limit on aliases would be first.
    const refusal = new CostLimit(schema, LIMIT).check({ schema, document: documents.parse(query) });
    expect(refusal).toMatchObject({ extensions: { code: 'COST_LIMIT_EXCEEDED' } });
    expect((refusal as GraphQLError).message).toContain('costs at least ');
  });

  it('a condition without a value, which execution would take for one field that failed', () => {
    const query = `query ($f: Boolean = true) { __type(name: "File") { name @skip(if: $f) }
      files(first: 1000) { edges { node { transitions(first: 1000) { edges { cursor } } } } } }`;
    expect(refusalOf(query, { f: null })).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect(refusalOf(query)).toMatchObject({ extensions: { code: 'COST_LIMIT_EXCEEDED' } });
  });

  it('by the variables of each request, not those of the first', () => {
    const query =
      'query ($n: Int) { files(first: $n) { edges { node { transitions(first: $n) { edges { cursor } } } } } }';
    const limit = new CostLimit(schema, LIMIT);
    const costs = [1, 1_000, 1].map((n) => limit.check({ schema, document: parse(query), variableValues: { n } }));
    expect(costs.map((cost) => typeof cost)).toEqual(['number', 'object', 'number']);
    expect(costs[2]).toBe(costs[0]);
  });

  it.each([
    [
      'a mutation of one file',
      'mutation ($i: TransitionFileInput!) { transitionFile(input: $i) { __typename } }',
      true,
    ],
    ['a bulk mutation', 'mutation ($i: [TransitionFileInput!]!) { transitionFiles(input: $i) { __typename } }', false],
  ])('%s by its variables only if they have a size', (_case, query, isOnce) => {
    const [document, limit] = [parse(query), new CostLimit(schema, 1e9)];
    const costOf = (i: unknown): unknown => limit.check({ schema, document, variableValues: { i } });
    expect(costOf([{}, {}, {}]) === costOf({})).toBe(isOnce);
  });

  it.each([
    ['two aliases', '{ a: __schema { __typename } b: __schema { __typename } }'],
    ['a fragment', '{ __schema { __typename } ...A } fragment A on Query { __type(name: "File") { name } }'],
  ])('a second introspection, by %s', (_case, query) => {
    expect(refusalOf(query)).toMatchObject({
      message: 'Ask for __schema or __type only once in an operation.',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
  });
});
