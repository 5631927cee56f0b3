// WAYBILL_TRUSTED_DOCUMENTS: on every way in the documents of the file are executed, named in every form, and nothing else.
import { createHash } from 'node:crypto';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { print } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from '../../support/instance.ts';
import { runToEnd } from '../../support/process.ts';
import { type TemporaryDir, createTemporaryDir } from '../../support/temporary-dir.ts';
import { type Params, WAYS_IN } from '../../support/ways-in.ts';

const WAYS = Object.entries(WAYS_IN);
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const VIEWER = 'query Me { viewer { subject } }';
const WATCH = 'subscription Watch { fileChanges { cursor } }';
const REGISTER = 'mutation Register($input: RegisterFileInput!) { registerFile(input: $input) { __typename } }';
/** As Apollo Client sends it: with __typename. */
const OF_APOLLO = print(gql('query Cursor { feedCursor }'));
const UNKNOWN = '{ feedCursor viewer { tenant } }';
const ANN = { data: { viewer: { subject: 'local' } } };

let dir: TemporaryDir;
let path: string;
let trusting: Instance;
let plain: Instance;
beforeAll(async () => {
  dir = await createTemporaryDir();
  const texts = [VIEWER, WATCH, REGISTER, OF_APOLLO];
  path = await dir.write(
    'documents.json',
    JSON.stringify(Object.fromEntries(texts.map((text) => [hashOf(text), text]))),
  );
  [trusting, plain] = await Promise.all([startInstance({ env: { WAYBILL_TRUSTED_DOCUMENTS: path } }), startInstance()]);
});
afterAll(async () => {
  await Promise.all([trusting.stop(), plain.stop()]);
  await dir.remove();
});

const byApollo = (hash: string): Params => ({ extensions: { persistedQuery: { version: 1, sha256Hash: hash } } });
const codeOf = async (sent: Promise<{ errors?: readonly { extensions?: { code?: string } }[] }>): Promise<unknown> =>
  (await sent).errors?.[0]?.extensions?.code;

describe.each(WAYS)('over %s', (way, send) => {
  it.each<[string, Params]>([
    ['its text', { query: VIEWER }],
    ['documentId', { documentId: hashOf(VIEWER) }],
    ['documentId with sha256:', { documentId: `sha256:${hashOf(VIEWER)}` }],
    ['documentId in upper case', { documentId: hashOf(VIEWER).toUpperCase() }],
    ['the hash of Apollo', byApollo(hashOf(VIEWER))],
    ['hash and text', { query: VIEWER, ...byApollo(hashOf(VIEWER)) }],
    ['both hashes', { documentId: hashOf(VIEWER), ...byApollo(hashOf(VIEWER)) }],
  ])('a document is executed by %s', async (_form, params) => {
    expect(await send(trusting.url, params)).toEqual(ANN);
  });

  it.each<[string, Params, string]>([
    ['another text', { query: UNKNOWN }, 'PERSISTED_QUERY_ONLY'],
    ['a text that differs by a space', { query: `${VIEWER} ` }, 'PERSISTED_QUERY_ONLY'],
    ['another subscription', { query: 'subscription { fileChanges { cursor kind } }' }, 'PERSISTED_QUERY_ONLY'],
    ['introspection', { query: '{ __schema { queryType { name } } }' }, 'PERSISTED_QUERY_ONLY'],
    ['a text that is no document', { query: '{' }, 'PERSISTED_QUERY_ONLY'],
    ['an unknown hash', { documentId: hashOf(UNKNOWN) }, 'PERSISTED_QUERY_NOT_FOUND'],
    ['an unknown hash of Apollo', byApollo(hashOf(UNKNOWN)), 'PERSISTED_QUERY_NOT_FOUND'],
    ['an id that is no hash', { documentId: '__proto__' }, 'PERSISTED_QUERY_NOT_FOUND'],
    ['an unknown hash with its text', { query: UNKNOWN, ...byApollo(hashOf(UNKNOWN)) }, 'PERSISTED_QUERY_ONLY'],
    ['a known hash with another text', { query: UNKNOWN, documentId: hashOf(VIEWER) }, 'BAD_REQUEST'],
    ['two different hashes', { documentId: hashOf(VIEWER), ...byApollo(hashOf(WATCH)) }, 'BAD_REQUEST'],
  ])('%s is refused, and the next is served', async (_what, params, code) => {
    const answer = await send(trusting.url, params);
    expect(answer.data ?? null).toBeNull();
    expect(answer.errors?.[0]?.extensions).toEqual({ code });
    expect(await send(trusting.url, { query: VIEWER })).toEqual(ANN);
  });

  it('without the setting a hash alone is refused as not supported, and text beside it counts', async () => {
    expect(await codeOf(send(plain.url, byApollo(hashOf(VIEWER))))).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
    expect(await codeOf(send(plain.url, { documentId: hashOf(VIEWER) }))).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
    expect(await send(plain.url, { query: VIEWER, ...byApollo(hashOf(UNKNOWN)) })).toEqual(ANN);
  });

  it.runIf(!way.includes('GET'))('a mutation is executed by its hash', async () => {
    const variables = { input: { name: 'a', contentType: 'text/plain', transfer: 'EXTERNAL' } };
    const { data } = await send(trusting.url, { documentId: hashOf(REGISTER), variables });
    expect(data).toEqual({ registerFile: { __typename: 'RegisterFileSuccess' } });
  });
});

it.each(['an event stream by POST', 'an event stream by GET', 'a WebSocket'])(
  'a subscription by its hash over %s',
  async (way) => {
    const next = WAYS_IN[way]!(trusting.url, { documentId: hashOf(WATCH) });
    const input = { name: 'a', contentType: 'text/plain', transfer: 'EXTERNAL' };
    const register = (): Promise<unknown> =>
      WAYS_IN['POST']!(trusting.url, { documentId: hashOf(REGISTER), variables: { input } });
    // Until one comes after the subscription has begun.
    const changes = setInterval(() => void register(), 50);
    const answer = await next.finally(() => clearInterval(changes));
    expect(await register()).toMatchObject({ data: { registerFile: { __typename: 'RegisterFileSuccess' } } });
    expect(answer).toMatchObject({ data: { fileChanges: { cursor: expect.any(String) as string } } });
  },
);

describe('Apollo Client', () => {
  const clientOf = (url: string): ApolloClient =>
    new ApolloClient({
      cache: new InMemoryCache(),
      link: new PersistedQueryLink({ sha256: hashOf }).concat(new HttpLink({ uri: `${url}/graphql` })),
    });

  it('gets a document that is in the file by its hash', async () => {
    const { data } = await clientOf(trusting.url).query({ query: gql(OF_APOLLO) });
    expect(data).toEqual({ feedCursor: expect.any(String) as string });
  });

  it('tries one that is not with its text, once, and says why it was refused', async () => {
    const query = gql('query Other { viewer { tenant } }');
    await expect(clientOf(trusting.url).query({ query })).rejects.toThrow(/trusted documents only/);
  });

  it('goes on without hashes where there is no file', async () => {
    const { data } = await clientOf(plain.url).query({ query: gql(OF_APOLLO) });
    expect(data).toEqual({ feedCursor: expect.any(String) as string });
  });
});

it('GraphiQL says that it runs the documents of the file only', async () => {
  const page = await fetch(`${trusting.url}/graphql`, { headers: { accept: 'text/html' } });
  expect(await page.text()).toContain('This server executes trusted documents only');
});

it('the program does not start with a file that cannot be used, and names file and entry', async () => {
  const wrong = await dir.write('wrong.json', JSON.stringify({ [hashOf(VIEWER)]: '{ nope }' }));
  const env = { WAYBILL_DATA_DIR: dir.path, WAYBILL_TRUSTED_DOCUMENTS: wrong };
  const { code, stderr } = await runToEnd(env, 'api');
  const line = JSON.parse(stderr.trim()) as { code: string; msg: string };
  expect([code, line.code]).toEqual([1, 'TRUSTED_DOCUMENTS_UNUSABLE']);
  expect(line.msg).toContain(`${wrong}, which has an entry "${hashOf(VIEWER)}"`);
});
