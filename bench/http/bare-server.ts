// A worker: the smallest node:http server that gives the same answer. It reads the body, as a server must, and sends the
// same bytes with the same headers.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerCalls } from '../workers/answer-calls.ts';

export interface Prepared {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @returns the URL it listens on */
async function start({ headers, body }: Prepared): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(200, headers).end(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const calls = { start };
export type BareServerCalls = typeof calls;

answerCalls(calls);
