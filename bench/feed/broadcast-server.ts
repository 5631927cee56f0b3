// A worker: a bare `ws` server. On a POST it sends the same prepared bytes to every socket. No GraphQL, no filter, no
// database: the least that fan-out costs in Node.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { answerCalls } from '../workers/answer-calls.ts';
import { settleMemory } from '../workers/memory-probe.ts';

let payload = Buffer.alloc(0);

/** @returns the URL it listens on */
async function start(): Promise<string> {
  const server = createServer((_request, response) => {
    for (const socket of sockets.clients) socket.send(payload, { binary: false });
    response.writeHead(200, { 'content-length': 4 }).end('said');
  });
  const sockets = new WebSocketServer({ server });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const calls = {
  start,
  prepare: (text: string) => void (payload = Buffer.from(text)),
  measureMemory: () => settleMemory(),
};
export type BroadcastCalls = typeof calls;

answerCalls(calls);
