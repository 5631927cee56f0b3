// Which way GraphiQL sends an operation, told from its text alone.
import { expect, test } from 'vitest';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { createClient } from 'graphql-ws';
import { makeFetcher } from '../../../src/http/graphql/graphiql-fetcher.ts';

/** @returns the ways taken: `post` and the text, or `socket` and its variables */
async function send(query: string, operationName?: string): Promise<string[]> {
  const ways: string[] = [];
  await using cleanup = new AsyncDisposableStack();
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      ways.push('post');
      response.end('{"data":{"feedCursor":"c1"}}');
    });
  }).listen(0, '127.0.0.1');
  cleanup.defer(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const begun = Promise.withResolvers<void>();
  const connect = (() => ({
    subscribe: ({ variables }: { variables: unknown }) => {
      ways.push(`socket ${JSON.stringify(variables)}`);
      begun.resolve();
      return () => undefined;
    },
  })) as unknown as typeof createClient;
  const fetcher = makeFetcher(connect, `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
  const result = fetcher({ query, operationName: operationName ?? null, variables: {} });
  if (result instanceof Promise) await result;
  else {
    const subscription = result.subscribe({ next: () => undefined, complete: () => undefined });
    await begun.promise;
    subscription.unsubscribe();
  }
  return ways;
}

test.each([
  ['{ feedCursor }', undefined, ['post']],
  ['subscription { fileChanges { kind } }', undefined, ['socket {}']],
  ['subscription Mine{fileChanges{kind}}', undefined, ['socket {}']],
  ['# subscription\nquery Q { file(id: "subscription { a }") { id } }', undefined, ['post']],
  ['query Q($a: String = """ \\""" subscription { """) { feedCursor }', undefined, ['post']],
  ['fragment F on File { id }\nsubscription S { file(id: "x") { ...F } }', undefined, ['socket {}']],
  ['query A { feedCursor } subscription B { fileChanges { kind } }', 'B', ['socket {}']],
  ['query A { feedCursor } subscription B { fileChanges { kind } }', 'A', ['post']],
  ['subscription B { fileChanges { kind } }', 'gone', ['socket {}']],
  [
    'subscription W($f: F = {a: {b: 1}}, $after: Cursor) { fileChanges(after: $after) { cursor } }',
    undefined,
    ['post', 'socket {"after":"c1"}'],
  ],
])('%s', async (query, name, ways) => {
  expect(await send(query, name)).toEqual(ways);
});
