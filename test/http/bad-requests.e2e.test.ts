// Requests that are wrong as requests: bodies, documents, headers, methods and paths. Each gets a 4xx or a GraphQL
// error in our words, and the next one is served.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type IntrospectionQuery, buildClientSchema, getIntrospectionQuery } from 'graphql';
import { expectClean, expectServing } from '../support/clean.ts';
import { send } from '../support/client.ts';
import { JSON_HEADERS, exchange, get, post } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';

let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());
afterEach(() => expectServing(waybill.url));

const ASK = '{"query":"{__typename}"}';
const withQuery = (query: string): string => JSON.stringify({ query });
const chain = (length: number): string =>
  Array.from({ length }, (_, at) => `fragment F${at} on Query { ...F${at + 1} }`).join(' ');

describe('a body', () => {
  it.each([
    ['that is empty', ''],
    ['that is no JSON', 'nope'],
    ['that is no JSON, for a megabyte', 'x'.repeat(2 ** 20)],
    ['that breaks off', '{"query":'],
    ['that is null', 'null'],
    ['that is a number', '5'],
    ['that is a string', '"{__typename}"'],
    ['that is an empty list', '[]'],
    ['that is a batch', `[${ASK},${ASK}]`],
    ['that is lists a million levels deep', '['.repeat(1e6) + ']'.repeat(1e6)],
    ['whose query is a number', '{"query":5}'],
    ['whose variables are text', '{"query":"{__typename}","variables":"x"}'],
    ['whose variables are a list', '{"query":"{__typename}","variables":[]}'],
    ['whose operationName is a number', '{"query":"{__typename}","operationName":5}'],
    ['that names an operation it has not', '{"query":"query A{__typename}","operationName":"B"}'],
    ['whose extensions are a number', '{"query":"{__typename}","extensions":5}'],
    ['with an own __proto__', '{"query":"{__typename}","__proto__":{"query":"{a}"}}'],
    ['with two operations and no name', withQuery('query A {__typename} query B {__typename}')],
  ])('%s is 400', async (_case, body) => {
    const raw = await post(waybill.url, body);
    expectClean(raw);
    expect(raw.status).toBe(400);
    expect(JSON.parse(raw.text)).toMatchObject({ errors: [{ message: expect.any(String) as string }] });
    expect(raw.text.length, 'nobody is sent back his own megabyte').toBeLessThan(1_000);
  });

  it('that is not UTF-8 is answered', async () => {
    expectClean(await post(waybill.url, new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])));
  });

  it('without a query is a GraphQL error', async () => {
    for (const body of ['{}', '{"query":null}', '{"query":""}', withQuery('{nope}'), withQuery('{')]) {
      const raw = await post(waybill.url, body);
      expectClean(raw);
      expect(raw.text).toMatch(/^\{"errors":\[\{"message":/);
    }
  });

  it('of 5 MiB is 413, and one of 3 MiB is answered', async () => {
    const large = await post(waybill.url, withQuery(`{__typename} #${'x'.repeat(5 * 2 ** 20)}`));
    expect(large.status).toBe(413);
    expectClean(large);
    const smaller = await post(waybill.url, withQuery(`{__typename} #${'x'.repeat(3 * 2 ** 20)}`));
    expect(smaller.status).toBe(200);
  });
});

describe('a document', () => {
  it('of a megabyte is answered', async () => {
    const raw = await post(waybill.url, withQuery(`{file(id:"${'x'.repeat(2 ** 20)}"){id}}`));
    expect(raw).toMatchObject({ status: 200, text: '{"data":{"file":null}}' });
  });

  it.each([
    ['of 100,000 tokens', `{${'__typename '.repeat(100_000)}}`],
    ['of 201 aliases', `{${Array.from({ length: 201 }, (_, at) => `a${at}: fileCounts{count}`).join(' ')}}`],
    ['with selections 9,000 levels deep', `${'{a'.repeat(9_000)}${'}'.repeat(9_000)}`],
    ['with lists 9,000 levels deep', `{file(id:${'['.repeat(9_000)}${']'.repeat(9_000)}){id}}`],
    ['with 19,000 brackets left open', `{file(id:${'['.repeat(19_000)}`],
    ['with a type 9,000 levels deep', `query($a:${'['.repeat(9_000)}Int${']'.repeat(9_000)}){__typename}`],
    ['with a chain of 2,400 fragments', `{...F0} ${chain(2_400)} fragment F2400 on Query {__typename}`],
    ['with fragments in a circle', '{...A} fragment A on Query {...B} fragment B on Query {...A}'],
    ['with a string that does not end', '{file(id:"x){id}}'],
    ['with NUL in it', '{file\0}'],
  ])('%s is a GraphQL error', async (_case, query) => {
    const raw = await post(waybill.url, withQuery(query));
    expectClean(raw);
    const { data, errors } = JSON.parse(raw.text) as { data?: unknown; errors: unknown[] };
    expect(data).toBeUndefined();
    expect(errors.length).toBeGreaterThan(0);
  });

  it('with a chain of 400 fragments, or one that doubles 60 times, is answered', async () => {
    const long = await post(waybill.url, withQuery(`{...F0} ${chain(400)} fragment F400 on Query {__typename}`));
    expect(long.text).toBe('{"data":{"__typename":"Query"}}');
    const doubling = chain(60).replaceAll(/\{ (\.\.\.F\d+) \}/g, '{ $1 $1 }');
    const wide = await post(waybill.url, withQuery(`{...F0} ${doubling} fragment F60 on Query {__typename}`));
    expect(wide.text).toBe('{"data":{"__typename":"Query"}}');
  });

  it('that introspects is answered with the whole schema', async () => {
    const { data } = await send<IntrospectionQuery>(waybill.url, getIntrospectionQuery());
    expect(buildClientSchema(data!).getMutationType()?.getFields()).toHaveProperty('registerFile');
  });
});

describe('headers', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/json-seq',
    'application/javascript',
  ])('the content type %s is 415', async (contentType) => {
    const raw = await post(waybill.url, ASK, { 'content-type': contentType });
    expect(raw.status).toBe(415);
    expectClean(raw);
  });

  it.each([
    { 'content-type': 'application/json; charset=latin1' },
    { 'content-type': 'application/json;charset="utf-16"' },
    { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    { 'content-type': 'application/graphql-response+json', 'content-encoding': 'br, gzip' },
  ])('%j is 415: the body would not be understood', async (headers) => {
    const raw = await post(waybill.url, ASK, headers);
    expect(raw.status).toBe(415);
    expectClean(raw);
  });

  it.each([
    { 'content-type': 'application/json; charset=UTF-8' },
    { 'content-type': 'application/json;charset="utf-8"', 'content-encoding': 'identity' },
  ])('%j is served', async (headers) => {
    expect((await post(waybill.url, ASK, headers)).status).toBe(200);
  });

  it('a form is 415, with a content type or without', async () => {
    expect((await post(waybill.url, new URLSearchParams({ query: '{__typename}' }), {})).status).toBe(415);
    expect((await post(waybill.url, new TextEncoder().encode(ASK), {})).status).toBe(415);
  });

  it('an Accept that nothing here satisfies is 406', async () => {
    expect((await post(waybill.url, ASK, { ...JSON_HEADERS, accept: 'application/xml' })).status).toBe(406);
    const subscription = withQuery('subscription { fileChanges { kind } }');
    expect((await post(waybill.url, subscription, { ...JSON_HEADERS, accept: 'application/json' })).status).toBe(406);
  });

  it.each(['http://evil.example', 'https://127.0.0.1:1', 'null', 'not an origin'])(
    'the origin %s is 403, for queries and streams',
    async (origin) => {
      expect((await post(waybill.url, ASK, { ...JSON_HEADERS, origin })).status).toBe(403);
      const stream = await post(waybill.url, ASK, { ...JSON_HEADERS, origin, accept: 'text/event-stream' });
      expect(stream.status).toBe(403);
    },
  );

  it('our own origin is served', async () => {
    expect((await post(waybill.url, ASK, { ...JSON_HEADERS, origin: waybill.url })).status).toBe(200);
  });

  it.each(['[', 'a b', 'x:99999'])('the Host %s is 400', async (host) => {
    const head = `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Type: application/json`;
    const text = await exchange(waybill.url, `${head}\r\nContent-Length: ${ASK.length}\r\n\r\n${ASK}`);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expectClean({ status: 400, headers: new Headers(), text });
  });

  it('bytes that are no HTTP are 400', async () => {
    expect(await exchange(waybill.url, '\0\0nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('methods and paths', () => {
  it('GET answers queries and refuses mutations with 405', async () => {
    expect((await get(waybill.url, '/graphql?query={__typename}')).text).toBe('{"data":{"__typename":"Query"}}');
    const mutation = encodeURIComponent('mutation { deleteFile(input: {id: "x"}) { __typename } }');
    expect((await get(waybill.url, `/graphql?query=${mutation}`)).status).toBe(405);
  });

  it.each(['x', '[', '5', '[]'])('GET with the variables %s is 400', async (variables) => {
    const raw = await get(waybill.url, `/graphql?query=%7B__typename%7D&variables=${encodeURIComponent(variables)}`);
    expectClean(raw);
    expect(raw.status).toBe(400);
  });

  it.each(['PUT', 'PATCH', 'DELETE'])('%s is 405', async (method) => {
    const { status } = await fetch(`${waybill.url}/graphql`, { method, headers: JSON_HEADERS, body: ASK });
    expect(status).toBe(405);
  });

  it.each(['/nope', '/graphql/', '/graphql/x', '//graphql', '/..%2fgraphql', '/%00', '/favicon.ico'])(
    '%s is 404',
    async (path) => {
      const raw = await get(waybill.url, path);
      expect(raw.status).toBe(404);
      expectClean(raw);
    },
  );

  it.each(['POST', 'PUT', 'DELETE'])('%s of the page is 405', async (method) => {
    const { status, headers } = await fetch(`${waybill.url}/`, { method });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it.each(['/assets/', '/assets/nope.js', '/assets/..%2findex.html', '/assets/../index.html', '/assets/__proto__'])(
    '%s is 404',
    async (path) => {
      const raw = await get(waybill.url, path);
      expect(raw.status).toBe(404);
      expectClean(raw);
    },
  );
});
