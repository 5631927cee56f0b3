// A worker that answers every request with the same prepared bytes without reading it: the load generator's limit.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { answerCalls } from '../workers/answer-calls.ts';

/** @returns the URL it listens on */
async function start(body: string): Promise<string> {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
  const answer = Buffer.from(`${head}\r\n\r\n${body}`);
  const server = createServer({ noDelay: true }, (socket) => {
    // One request at a time, in one piece: the generator writes it so.
    socket.on('data', () => socket.write(answer));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const calls = { start };
export type NullServerCalls = typeof calls;

answerCalls(calls);
