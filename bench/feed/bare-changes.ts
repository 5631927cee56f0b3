// A worker: the smallest server that commits a change and sends it to its subscriber. POST /n runs the baseline's transaction for the nth
// file over bare `pg` and sends prepared bytes to the socket that was opened on /n.
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { type WebSocket, WebSocketServer } from 'ws';
import { transact } from '../transitions/bare-transaction.ts';
import { answerCalls } from '../workers/answer-calls.ts';

export interface BareChanges {
  readonly databaseUrl: string;
  /** Number of the file whose subscriber is the first. */
  readonly firstFile: number;
  readonly payload: string;
}

const CONNECTIONS = 10;

/** @returns the URL it listens on */
async function start({ databaseUrl, firstFile, payload }: BareChanges): Promise<string> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
  const bytes = Buffer.from(payload);
  const subscribers = new Map<string, WebSocket>();

  async function change({ url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const client = await pool.connect();
    await transact(client, firstFile + Number(url.slice(1)));
    client.release();
    subscribers.get(url)?.send(bytes, { binary: false });
    response.writeHead(200, { 'content-length': 4 }).end('said');
  }

  const server = createServer((request, response) => void change(request, response));
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, { url = '/' }) => void subscribers.set(url, socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const calls = { start };
export type BareChangesCalls = typeof calls;

answerCalls(calls);
