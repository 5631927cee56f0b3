// Which requests go the short way: those that are plain in every respect, and no others.
import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { parseBody, parseSearch, toPlainRequest } from '../../../src/http/graphql/plain-request.ts';

const plain = (headers: Record<string, string> = {}, method = 'POST', url = '/graphql', httpVersion = '1.1'): unknown =>
  toPlainRequest({
    method,
    url,
    httpVersion,
    headers: { 'content-type': 'application/json', 'content-length': '20', ...headers },
  } as unknown as IncomingMessage);

const JSON_TYPE = 'application/json';
const RESPONSE_TYPE = 'application/graphql-response+json';

it.each([
  [undefined, JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['application/*', JSON_TYPE],
  ['Application/JSON', JSON_TYPE],
  ['application/json, text/plain, */*', JSON_TYPE],
  ['application/graphql-response+json, application/json;q=0.9', RESPONSE_TYPE],
  ['text/html, application/graphql-response+json', RESPONSE_TYPE],
  ['text/event-stream, application/json', JSON_TYPE],
  ['text/html', null],
  ['text/event-stream', null],
  ['*/json, application/graphql-response+json', null],
  ['application/json; charset=latin1', null],
  ['', null],
])('accept: %s is answered in %s', (accept, expected) => {
  const events = accept?.includes('event-stream') === true;
  const request = expected === null && !events ? null : { type: expected, events, search: null };
  expect(plain(accept === undefined ? {} : { accept })).toEqual(request);
});

it.each([
  ['GET', {}, 'GET', '/graphql'],
  ['a query string', {}, 'POST', '/graphql?query={a}'],
  ['another content type', { 'content-type': 'application/graphql+json' }, 'POST', '/graphql'],
  ['no length', { 'content-length': undefined }, 'POST', '/graphql'],
  ['more than 4 MiB', { 'content-length': String(4 * 2 ** 20 + 1) }, 'POST', '/graphql'],
  ['a length that is none', { 'content-length': 'x' }, 'POST', '/graphql'],
])('%s is not plain', (_case, headers, method, url) => {
  expect(plain(headers as Record<string, string>, method, url)).toBeNull();
  expect(plain({ 'content-type': 'application/json; charset=utf-8' })).toMatchObject({ type: JSON_TYPE });
});

it('a stream may be asked for by GET, over HTTP/1.1, and nothing else may', () => {
  const events = { accept: 'text/event-stream' };
  expect(plain(events, 'GET', '/graphql?query={a}')).toEqual({ type: null, events: true, search: '?query={a}' });
  expect(plain(events, 'GET', '/graphql?query={a}', '1.0')).toBeNull();
  expect(plain({ accept: 'application/json' }, 'GET', '/graphql?query={a}')).toBeNull();
});

const UNNAMED = { query: null, documentId: null, extensions: null, variables: null, operationName: null };

it('what a query string says is read as a body is', () => {
  const search = (params: Record<string, string>): string => `?${new URLSearchParams(params).toString()}`;
  expect(parseSearch(search({ query: '{a}', variables: '{"b":"+ &"}', operationName: 'C' }))).toEqual({
    ...UNNAMED,
    query: '{a}',
    variables: { b: '+ &' },
    operationName: 'C',
  });
  expect(parseSearch(search({ query: '{a}' }))).toEqual({ ...UNNAMED, query: '{a}' });
  expect(parseSearch(search({ documentId: 'ab', extensions: '{}' }))).toEqual({
    ...UNNAMED,
    documentId: 'ab',
    extensions: {},
  });
  for (const params of [{}, { query: '{a}', variables: 'x' }, { query: '{a}', variables: '' }]) {
    expect(parseSearch(search(params as Record<string, string>))).toBeNull();
  }
});

const parsed = (text: string): unknown => parseBody(Buffer.from(text));

it('a body is a query, its variables and its operation, and anything else is not plain', () => {
  expect(parsed('{"query":"{a}","variables":{"b":1},"operationName":"C","extensions":{"d":1}}')).toEqual({
    ...UNNAMED,
    query: '{a}',
    extensions: { d: 1 },
    variables: { b: 1 },
    operationName: 'C',
  });
  expect(parsed('{"query":"{a}","variables":null,"operationName":null,"extensions":null}')).toEqual({
    ...UNNAMED,
    query: '{a}',
  });
  expect(parsed('{"documentId":"ab"}')).toEqual({ ...UNNAMED, documentId: 'ab' });
});

it.each([
  '',
  'nope',
  '{"query":',
  'null',
  '5',
  '"{a}"',
  '[]',
  '[{"query":"{a}"}]',
  '{}',
  '{"query":5}',
  '{"query":null}',
  '{"documentId":5}',
  '{"query":"{a}","variables":"x"}',
  '{"query":"{a}","variables":[]}',
  '{"query":"{a}","operationName":5}',
  '{"query":"{a}","extensions":[]}',
  '{"query":"{a}","other":1}',
  '{"query":"{a}","other":null}',
  '{"query":"{a}","__proto__":{}}',
  '\uFEFF{"query":"{a}"}',
  '['.repeat(1e5),
])('the body %j is not plain', (text) => {
  expect(parsed(text)).toBeNull();
});
