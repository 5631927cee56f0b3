// One WebSocket served by graphql-ws. Replaces graphql-ws/use/ws, which writes connection errors to the console and sends
// their text to the client; here both go to the log. Also closes clients that stop reading or answering pings.
import type { IncomingMessage } from 'node:http';
import { CloseCode, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Principal } from '../../auth/principal.ts';
import type { Watch } from '../../auth/rights.ts';
import type { Logger } from '../../log.ts';
import type { Connection } from '../../schema/subscriptions/slots.ts';
import { givenRequestId } from '../caller.ts';
import type { SlowReaders } from '../slow-readers.ts';
import { Departures } from './departures.ts';
import { Inbox } from './inbox.ts';
import { MAX_INIT_BYTES, completedBy, readMessage } from './messages.ts';
import { SocketWriter } from './socket-writer.ts';
import { UnfinishedMessage } from './unfinished-message.ts';

/** What an operation knows of the socket it came over: the `extra` of graphql-ws. */
export interface SocketContext extends Record<PropertyKey, unknown> {
  /** From the handshake, where a proxy has set it. The handshake itself is not kept: it is large, and sockets live long. */
  readonly requestId: string | null;
  readonly connection: Connection;
  readonly socketWriter: SocketWriter;
  readonly baseUrl: string;
  readonly inbox: Inbox;
  readonly departures: Departures;
  /** The address that the client has connected from. */
  readonly address: string | undefined;
  /** Closes the socket, and ends its subscriptions at once. */
  readonly close: (code: number, reason: string) => void;
  readonly isClosed: () => boolean;
  /** Numbers of pings with an authorization: the last that came, and the last that counts. */
  readonly renewals: { begun: number; done: number };
  /** Set by connection_init, and by a ping with a fresh authorization. */
  principal?: Principal;
  /** What ends the socket when the right ends; set by connection_init. */
  right?: Watch;
  /** Gives back the place among the sockets of the principal; set by connection_init. */
  leave?: () => void;
}

export interface SocketOptions {
  readonly log: Logger;
  readonly slowReaders: SlowReaders;
  /** Milliseconds between pings. A client that has not answered one when the next is due is cut off. */
  readonly keepAliveMs: number;
  /** Milliseconds that a message may take to arrive, give or take those between pings. */
  readonly messageMs: number;
  readonly onPing?: OnPing;
}

/** @returns the payload of the pong */
export type OnPing = (
  extra: SocketContext,
  payload: Record<string, unknown> | undefined,
) => Promise<Record<string, unknown> | undefined>;

export interface Handshake {
  readonly request: IncomingMessage;
  /** Where the client has reached this server, without a trailing slash. */
  readonly baseUrl: string;
}

type OnEnd = (code: number, reason: string) => void;

/** In the private range (RFC 6455 section 7.4.2). graphql-ws clients reconnect after it. */
const SLOW_CONSUMER = 4290;
const CLOSING_MS = 2_000;

/**
 * Ends the subscriptions at once. The client gets the same time again to read what is left and the closing frame, which
 * tells it why.
 */
function closeSlow(socket: WebSocket, reason: string, timeoutMs: number, end: OnEnd): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.close(SLOW_CONSUMER, reason);
  // ws itself cuts a closing handshake after 30 s; the earlier of the two counts.
  setTimeout(() => socket.terminate(), timeoutMs).unref();
  end(SLOW_CONSUMER, reason);
}

interface KeepAliveOptions extends Pick<SocketOptions, 'keepAliveMs' | 'messageMs'> {
  readonly socketWriter: SocketWriter;
  readonly onSlowMessage: () => void;
}

/** @returns stops the pings */
function keepAlive(
  socket: WebSocket,
  { socketWriter, keepAliveMs, messageMs, onSlowMessage }: KeepAliveOptions,
): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const unfinished = new UnfinishedMessage(socket);
  const pings = setInterval(() => {
    const unfinishedMs = unfinished.look(performance.now());
    if (unfinishedMs !== null && unfinishedMs >= messageMs) return onSlowMessage();
    // Within a frame no pong can come.
    if (unfinishedMs !== null) return void (answered = true);
    // A ping would wait behind what is not read, and that has a limit of its own (slow-readers.ts).
    if (!socketWriter.isEmpty) return;
    // Its answer would not be read either, while the operations in flight hold up reading.
    if (socket.isPaused) return void (answered = true);
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, keepAliveMs);
  return () => clearInterval(pings);
}

export function serveSocket(
  server: Server<SocketContext>,
  socket: WebSocket,
  { request, baseUrl }: Handshake,
  { log, slowReaders, keepAliveMs, messageMs, onPing }: SocketOptions,
): void {
  const onError = (error: unknown): void => log.debug({ err: error }, 'WebSocket failed');
  socket.on('error', onError); // ws closes it
  const socketWriter = new SocketWriter(socket, request.socket);
  const { timeoutMs } = slowReaders;
  const onSlow = (reason: string): void => closeSlow(socket, reason, timeoutMs, end);
  const onSlowMessage = (): void => onSlow(`Slow sender: a message took more than ${messageMs / 1_000} s`);
  const stopKeepAlive = keepAlive(socket, { socketWriter, keepAliveMs, messageMs, onSlowMessage });
  let isOver = false;
  const end: OnEnd = (code, reason) => {
    if (isOver) return;
    isOver = true;
    extra.right?.release();
    extra.leave?.();
    stopKeepAlive();
    extra.departures.end();
    onClosed(code, reason).catch(onError);
  };
  slowReaders.watch(request.socket, () => onSlow(`Slow consumer: nothing was read for ${timeoutMs / 1_000} s`));
  // graphql-ws registers its handler when it is opened, before any message arrives.
  let onMessage: OnMessage = () => Promise.resolve();
  const inbox = new Inbox({ socket, socketWriter, handle: (data) => handle(data) });
  const extra: SocketContext = {
    requestId: givenRequestId(request),
    baseUrl,
    connection: { subscriptions: 0 },
    socketWriter,
    inbox,
    departures: new Departures(),
    renewals: { begun: 0, done: 0 },
    address: request.socket.remoteAddress,
    close: (code, reason) => {
      socket.close(code, reason);
      // ws itself waits 30 s for the closing frame of a silent client.
      setTimeout(() => socket.terminate(), CLOSING_MS).unref();
      end(code, reason);
    },
    isClosed: () => isOver,
  };
  const handle = (data: Buffer): void => {
    if (extra.principal === undefined && data.length > MAX_INIT_BYTES) return socket.close(1009, 'Message too big');
    handleMessage(socket, data, { onMessage, departures: extra.departures, log });
  };
  const onClosed = server.opened(
    {
      ...adapt(socket, socketWriter, (given) => (onMessage = given)),
      ...(onPing !== undefined && { onPing: answerPing(extra, onPing) }),
    },
    extra,
  );
  socket.on('message', (data: Buffer) => inbox.receive(data));
  socket.once('close', (code, reason) => end(code, reason.toString()));
}

/** graphql-ws takes a message that is already parsed, too. */
type OnMessage = (message: string) => Promise<void>;

interface Handling {
  readonly onMessage: OnMessage;
  readonly departures: Departures;
  readonly log: Logger;
}

function handleMessage(socket: WebSocket, data: Buffer, { onMessage, departures, log }: Handling): void {
  if (socket.readyState !== socket.OPEN) return;
  let message: unknown;
  try {
    message = readMessage(data.toString());
  } catch {
    return socket.close(CloseCode.BadRequest, 'Invalid message received');
  }
  const completed = completedBy(message);
  if (completed !== null) departures.leave(completed);
  onMessage(message as string).catch((error: unknown) => {
    log.error({ err: error }, 'WebSocket message failed');
    socket.close(CloseCode.InternalServerError, 'Internal server error');
  });
}

type PingHandler = NonNullable<Parameters<Server<SocketContext>['opened']>[0]['onPing']>;

/** With it graphql-ws leaves the pong to us. Its own would send back the payload, credentials and all. */
function answerPing(extra: SocketContext, onPing: OnPing): PingHandler {
  return async (payload) => {
    const answer = await onPing(extra, payload);
    extra.socketWriter.send(JSON.stringify({ type: 'pong', ...(answer !== undefined && { payload: answer }) }));
  };
}

/** The socket as graphql-ws uses it. */
function adapt(
  socket: WebSocket,
  socketWriter: SocketWriter,
  onMessage: (handle: OnMessage) => void,
): Parameters<Server<SocketContext>['opened']>[0] {
  return {
    protocol: socket.protocol,
    send: (text) => {
      socketWriter.send(text);
      return socketWriter.whenFree();
    },
    close: (code, reason) => socket.close(code, reason),
    onMessage,
  };
}
