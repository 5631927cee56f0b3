// Clients that subscribe and then read nothing until a test resumes them.
import { once } from 'node:events';
import { type IncomingMessage, get } from 'node:http';
import { WebSocket } from 'ws';

export interface SilentClient {
  /** Reads again, until the connection ends. */
  readOn(): Promise<Ending>;
  leave(): void;
}

export interface SilentSocket extends SilentClient {
  /** Messages of the subscription that were read. */
  readonly received: number;
  /** Errors of the subscription that were read. */
  readonly errors: readonly unknown[];
  readonly isOpen: boolean;
  /** Reads again. */
  resume(): void;
}

export interface Ending {
  /** Of a WebSocket; null for an event stream. */
  readonly code: number | null;
  readonly reason: string;
  /** Of an event stream: whether the response was complete, rather than broken off. */
  readonly completed: boolean;
  /** The end of an event stream. */
  readonly tail: string;
}

interface Message {
  readonly type: string;
  readonly payload: object & { readonly errors?: unknown };
}

/** Subscribes over a WebSocket, waits for the first message and stops reading. */
export async function silentSocket(url: string, query: string): Promise<SilentSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.on('error', () => undefined);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await once(socket, 'message');
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
  // Messages are handled in order: the pong comes when the subscription exists.
  socket.send(JSON.stringify({ type: 'ping' }));
  await once(socket, 'message');
  socket.pause();
  let received = 0;
  const errors: unknown[] = [];
  socket.on('message', (data: Buffer) => {
    const { type, payload } = JSON.parse(data.toString()) as Message;
    if (type === 'error') errors.push(payload);
    if (type !== 'next') return;
    if ('errors' in payload) errors.push(payload.errors);
    else received += 1;
  });
  return {
    errors,
    get received() {
      return received;
    },
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    resume: () => socket.resume(),
    readOn: async () => {
      const closed = once(socket, 'close') as Promise<[code: number, reason: Buffer]>;
      socket.resume();
      const [code, reason] = await closed;
      return { code, reason: reason.toString(), completed: false, tail: '' };
    },
    leave: () => socket.terminate(),
  };
}

/** The same over server-sent events. */
export async function silentStream(url: string, query: string): Promise<SilentClient> {
  const path = `${url}/graphql?${new URLSearchParams({ query }).toString()}`;
  const request = get(path, { headers: { accept: 'text/event-stream' } });
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  response.pause();
  return {
    readOn: async () => {
      const closed = new Promise((resolve) => response.once('close', resolve));
      let tail = '';
      response.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-1_000)));
      response.resume();
      await closed;
      return { code: null, reason: '', completed: response.complete, tail };
    },
    leave: () => request.destroy(),
  };
}
