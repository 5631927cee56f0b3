// Which requests go the short way: those that are plain in every respect, and no others.
import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { parsePlain, plainTypeOf } from '../../src/http/plain-request.ts';

const typeOf = (headers: Record<string, string> = {}, method = 'POST', url = '/graphql'): unknown =>
  plainTypeOf({
    method,
    url,
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
  expect(typeOf(accept === undefined ? {} : { accept })).toBe(expected);
});

it.each([
  ['GET', {}, 'GET', '/graphql'],
  ['a query string', {}, 'POST', '/graphql?query={a}'],
  ['another content type', { 'content-type': 'application/graphql+json' }, 'POST', '/graphql'],
  ['no length', { 'content-length': undefined }, 'POST', '/graphql'],
  ['more than 4 MiB', { 'content-length': String(4 * 2 ** 20 + 1) }, 'POST', '/graphql'],
  ['a length that is none', { 'content-length': 'x' }, 'POST', '/graphql'],
])('%s is not plain', (_case, headers, method, url) => {
  expect(typeOf(headers as Record<string, string>, method, url)).toBeNull();
  expect(typeOf({ 'content-type': 'application/json; charset=utf-8' })).toBe(JSON_TYPE);
});

const parsed = (text: string): unknown => parsePlain(Buffer.from(text));

it('a body is a query, its variables and its operation, and anything else is not plain', () => {
  expect(parsed('{"query":"{a}","variables":{"b":1},"operationName":"C","extensions":{"d":1}}')).toEqual({
    query: '{a}',
    variables: { b: 1 },
    operationName: 'C',
  });
  expect(parsed('{"query":"{a}","variables":null,"operationName":null,"extensions":null}')).toEqual({
    query: '{a}',
    variables: null,
    operationName: null,
  });
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
