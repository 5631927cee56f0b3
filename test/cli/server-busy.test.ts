// A server that has too much to do refuses a bulk registration; the command line sends the same one again.
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { registerFiles } from '../../cli/api/files.ts';
import { openServer } from '../../cli/api/server.ts';
import { withRetries } from '../../cli/api/retry.ts';

const REGISTERED = { __typename: 'RegisterFileSuccess', file: {}, replayed: false };

it('registers again, with the same keys, after UNAVAILABLE', async () => {
  const asked: unknown[] = [];
  const answerNext = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { variables } = (await json(request)) as { variables: unknown };
    asked.push(variables);
    const busy = { __typename: 'RequestError', code: 'UNAVAILABLE', message: 'busy' };
    const answer = asked.length === 1 ? busy : REGISTERED;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: { answers: [answer] } }));
  };
  const server = createServer((request, response) => void answerNext(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const to = openServer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, null);
  const file = { name: 'a', contentType: 'text/plain', size: 1, sha256: null, metadata: {}, idempotencyKey: 'k' };
  const { signal } = new AbortController();
  const delays: number[] = [];
  const answers = await withRetries(
    () => registerFiles(to, [file], signal),
    (_error, delay) => delays.push(delay),
    signal,
  );
  expect(answers).toEqual([REGISTERED]);
  expect(delays).toHaveLength(1);
  expect(asked[1]).toEqual(asked[0]);
  server.close();
});
