// WAYBILL_GRAPHIQL, WAYBILL_INTROSPECTION and WAYBILL_SUGGESTIONS: each alone, on every way in.
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from '../../support/instance.ts';
import { type Params, WAYS_IN } from '../../support/ways-in.ts';

const WAYS = Object.entries(WAYS_IN);

let open: Instance;
let closed: Instance;
beforeAll(async () => {
  [open, closed] = await Promise.all([
    startInstance(),
    startInstance({
      env: { WAYBILL_GRAPHIQL: 'off', WAYBILL_INTROSPECTION: 'off', WAYBILL_SUGGESTIONS: 'off' },
    }),
  ]);
});
afterAll(() => Promise.all([open.stop(), closed.stop()]));

const asBrowser = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }, redirect: 'manual' } as const;

const REGISTER = 'mutation ($input: RegisterFileInput!) { registerFile(input: $input) { __typename } }';
const SUGGESTED: Readonly<Record<string, Params>> = {
  'a field': { query: '{ filez { edges { cursor } } }' },
  'a field of a type': { query: 'query ($id: ID!) { file(id: $id) { nam } }', variables: { id: 'x' } },
  'an argument': { query: '{ files(frst: 1) { edges { cursor } } }' },
  'an argument of a directive': { query: '{ feedCursor @skip(iff: true) }' },
  'an enum value': { query: '{ files(filter: { states: [INDEXD] }) { edges { cursor } } }' },
  'an enum value as a text': { query: '{ files(filter: { states: ["INDEXED"] }) { edges { cursor } } }' },
  'an input field': { query: '{ files(filter: { statez: [INDEXED] }) { edges { cursor } } }' },
  'a type': { query: '{ viewer { ... on Viewerr { subject } } }' },
  'a type of a variable': { query: 'query ($f: FileFiltr) { files(filter: $f) { edges { cursor } } }' },
  'a fragment': { query: '{ node(id: "x") { name } }' },
  'a selection': { query: '{ viewer }' },
  'an enum value in a variable': {
    query: 'query ($f: FileFilter) { files(filter: $f) { edges { cursor } } }',
    variables: { f: { states: ['INDEXD'] } },
  },
  'an input field in a variable': {
    query: 'query ($f: FileFilter) { files(filter: $f) { edges { cursor } } }',
    variables: { f: { statez: [] } },
  },
  'a subscription with an input field in a variable': {
    query: 'subscription ($f: FileChangeFilter) { fileChanges(filter: $f) { cursor } }',
    variables: { f: { kindz: [] } },
  },
};

describe.each(Object.entries(SUGGESTED))('what may have been meant by %s', (_what, params) => {
  it('is said', async () => {
    const { errors } = await WAYS_IN['POST']!(open.url, params);
    expect(JSON.stringify(errors)).toContain('Did you mean');
  });

  it.each(WAYS)('is not said over %s where it is switched off', async (_way, send) => {
    const { errors = [] } = await send(closed.url, params);
    expect(errors.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).not.toMatch(/did you mean/i);
  });
});

it('a mutation says nothing of it either', async () => {
  const variables = { input: { nam: 'x' } };
  expect(JSON.stringify(await WAYS_IN['POST']!(open.url, { query: REGISTER, variables }))).toContain('Did you mean');
  for (const way of ['POST', 'POST in chunks', 'a WebSocket']) {
    const answer = await WAYS_IN[way]!(closed.url, { query: REGISTER, variables });
    expect(answer.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
    expect(JSON.stringify(answer)).not.toMatch(/did you mean/i);
  }
});

describe.each(WAYS)('introspection over %s', (_way, send) => {
  it('is answered', async () => {
    const { data } = await send(open.url, { query: '{ __schema { queryType { name } } }' });
    expect(data).toEqual({ __schema: { queryType: { name: 'Query' } } });
    const { data: type } = await send(open.url, { query: '{ __type(name: "File") { name } }' });
    expect(type).toEqual({ __type: { name: 'File' } });
  });

  it.each([
    getIntrospectionQuery(),
    '{ __schema { queryType { name } } }',
    '{ a: __type(name: "File") { name } }',
    '{ ...F } fragment F on Query { ... { __schema { description } } }',
  ])('is refused where it is switched off: %#', async (query) => {
    const { data, errors } = await send(closed.url, { query });
    expect(data ?? null).toBeNull();
    expect(errors?.[0]).toMatchObject({
      message: 'Introspection is switched off on this server.',
      extensions: { code: 'INTROSPECTION_DISABLED' },
    });
  });

  it('leaves __typename alone', async () => {
    const { data } = await send(closed.url, { query: '{ __typename viewer { __typename } }' });
    expect(data).toEqual({ __typename: 'Query', viewer: { __typename: 'Viewer' } });
  });
});

describe('without GraphiQL', () => {
  it('a browser gets a sentence, and a link to an operation works in it', async () => {
    const page = await fetch(`${closed.url}/graphql`, asBrowser);
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8']);
    expect(await page.text()).toMatch(/GraphiQL is switched off/);
    const linked = await fetch(`${closed.url}/graphql?query={__typename}`, asBrowser);
    expect([linked.status, await linked.json()]).toEqual([200, { data: { __typename: 'Query' } }]);
  });

  it('the page is there, and is told that there is no GraphiQL to lead to', async () => {
    const rootOf = async ({ url }: Instance): Promise<string> => await (await fetch(`${url}/`, asBrowser)).text();
    expect(await rootOf(closed)).toMatch(/<html[^>]* data-graphiql="off"/);
    expect(await rootOf(open)).toMatch(/<html[^>]* data-graphiql="on"/);
  });
});

it('GraphiQL says that it cannot show the schema', async () => {
  const instance = await startInstance({ env: { WAYBILL_INTROSPECTION: 'off' } });
  try {
    const page = await (await fetch(`${instance.url}/graphql`, asBrowser)).text();
    expect(page).toContain('Introspection is switched off on this server');
    expect(await (await fetch(`${open.url}/graphql`, asBrowser)).text()).not.toContain('role="status"');
  } finally {
    await instance.stop();
  }
});
