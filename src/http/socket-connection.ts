// One WebSocket under graphql-ws. In place of graphql-ws/use/ws, which writes what breaks a connection to the console
// and its text to the client; here both go to the log, and a client that stops reading does not stay for ever.
import type { IncomingMessage } from 'node:http';
import { CloseCode, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Logger } from '../log.ts';
import type { Connection } from '../schema/subscriptions/slots.ts';
import type { Principal } from '../auth/principal.ts';
import { givenRequestId } from './caller.ts';
import { Outbox } from './outbox.ts';

/** What an operation can ask of the socket it came over. */
export interface SocketExtra extends Record<PropertyKey, unknown> {
  /** Of the handshake, where a proxy has given it one. Not the handshake itself: it is large, and sockets live long. */
  readonly requestId: string | null;
  readonly connection: Connection;
  readonly outbox: Outbox;
  readonly baseUrl: string;
  /** From connection_init on. */
  principal?: Principal;
}

export interface SocketTimes {
  /** Between pings; a client that has not answered one when the next is due is cut off. */
  readonly keepAliveMs: number;
  /** How long a message may wait for a client that does not read. Its stream stands still meanwhile, and costs nothing. */
  readonly stalledMs: number;
}

/** Private use range (RFC 6455 section 7.4.2); graphql-ws clients take it for one to reconnect after. */
const SLOW_CONSUMER = 4290;

/**
 * Its subscriptions end at once. What is left, a message and the closing frame, waits as long again for a peer that
 * begins to read: it should find out why.
 */
function closeSlow(socket: WebSocket, stalledMs: number, end: (code: number, reason: string) => void): void {
  if (socket.readyState !== socket.OPEN) return;
  const reason = `Slow consumer: nothing was read for ${stalledMs / 1_000} s`;
  socket.close(SLOW_CONSUMER, reason);
  // ws itself gives a closing handshake 30 s and then cuts, whichever comes first.
  setTimeout(() => socket.terminate(), stalledMs).unref();
  end(SLOW_CONSUMER, reason);
}

/** @returns what ends the keeping alive */
function keepAlive(socket: WebSocket, outbox: Outbox, everyMs: number): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const pings = setInterval(() => {
    // A ping would wait behind what is not read, and what is not read has a limit of its own.
    if (!outbox.isEmpty) return;
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, everyMs);
  return () => clearInterval(pings);
}

export interface Handshake {
  readonly request: IncomingMessage;
  /** Where the client has reached us, without a trailing slash. */
  readonly baseUrl: string;
}

export function serveSocket(
  server: Server<SocketExtra>,
  socket: WebSocket,
  { request, baseUrl }: Handshake,
  log: Logger,
  times: SocketTimes,
): void {
  const note = (error: unknown): void => log.debug({ err: error }, 'a WebSocket broke');
  socket.on('error', note); // ws closes it
  let isOver = false;
  const end = (code: number, reason: string): void => {
    if (isOver) return;
    isOver = true;
    stopKeepAlive();
    closed(code, reason).catch(note);
  };
  const outbox = new Outbox(socket, request.socket, times.stalledMs, () => closeSlow(socket, times.stalledMs, end));
  const stopKeepAlive = keepAlive(socket, outbox, times.keepAliveMs);
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (data) => {
        outbox.send(data);
        return outbox.whenFree();
      },
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) =>
        socket.on('message', (data: Buffer) => {
          handle(data.toString()).catch((error: unknown) => {
            log.error({ err: error }, 'a WebSocket message broke');
            socket.close(CloseCode.InternalServerError, 'Internal server error');
          });
        }),
    },
    { requestId: givenRequestId(request), baseUrl, connection: { subscriptions: 0 }, outbox },
  );
  socket.once('close', (code, reason) => {
    outbox.close();
    end(code, reason.toString());
  });
}
