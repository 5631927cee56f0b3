// The receiver: answers 204, and counts. Bare node:http, in a process of its own.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerCalls } from '../workers/answer-calls.ts';

let [count, firstAt, lastAt] = [0, 0, 0];
/** Milliseconds since 1970 at which messages came, and at which their changes were made. */
let instants: (readonly [arrived: number, made: number])[] = [];
let waiting: { readonly until: number; readonly resolve: () => void } | undefined;

const TIMESTAMP = /"timestamp":"([^"]+)"/;

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => (body += text));
  request.on('end', () => {
    response.writeHead(204).end();
    lastAt = performance.now();
    if (count === 0) firstAt = lastAt;
    count += 1;
    const made = TIMESTAMP.exec(body)?.[1];
    if (made !== undefined) instants.push([Date.now(), Date.parse(made)]);
    if (waiting !== undefined && count >= waiting.until) waiting.resolve();
  });
});
server.keepAliveTimeout = 60_000;

async function listen(): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

function reset(): void {
  [count, instants] = [0, []];
}

async function until(messages: number): Promise<{ perSecond: number; instants: typeof instants }> {
  if (count < messages) await new Promise<void>((resolve) => (waiting = { until: messages, resolve }));
  waiting = undefined;
  return { perSecond: (1_000 * (count - 1)) / (lastAt - firstAt), instants };
}

const calls = { listen, reset, until };
export type ReceiverCalls = typeof calls;
answerCalls(calls);
