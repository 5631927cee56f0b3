// One WebSocket under graphql-ws. In place of graphql-ws/use/ws, which writes what breaks a connection to the console
// and its text to the client; here both go to the log, and a client that stops reading does not stay for ever.
import type { IncomingMessage } from 'node:http';
import { CloseCode, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Logger } from '../log.ts';
import type { Connection } from '../schema/subscriptions/slots.ts';
import type { Caller } from '../schema/context.ts';

/** What an operation can ask of the socket it came over. */
export interface SocketExtra extends Record<PropertyKey, unknown> {
  readonly request: IncomingMessage;
  readonly connection: Connection;
  /** From connection_init on. */
  sender?: Pick<Caller, 'principal' | 'baseUrl'>;
}

export interface SocketTimes {
  /** Between pings; a client that has not answered one when the next is due is cut off. */
  readonly keepAliveMs: number;
  /** How long a message may wait for a client that does not read. Its stream stands still meanwhile, and costs nothing. */
  readonly stalledMs: number;
}

/** Private use range (RFC 6455 section 7.4.2); graphql-ws clients take it for one to reconnect after. */
const SLOW_CONSUMER = 4290;

interface Outbox {
  /** Messages that the kernel has not taken yet. */
  waiting: number;
  /** Called when one of them has waited for too long. */
  readonly onStalled: () => void;
}

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

function sendOn(socket: WebSocket, outbox: Outbox, data: string, stalledMs: number): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  return new Promise((resolve) => {
    const stalled = setTimeout(outbox.onStalled, stalledMs);
    outbox.waiting += 1;
    // A message that could not be sent is the end of the socket, and that is heard below.
    socket.send(data, () => {
      clearTimeout(stalled);
      outbox.waiting -= 1;
      resolve();
    });
  });
}

/** @returns what ends the keeping alive */
function keepAlive(socket: WebSocket, outbox: Outbox, everyMs: number): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const pings = setInterval(() => {
    // A ping would wait behind what is not read, and what is not read has a limit of its own.
    if (outbox.waiting > 0) return;
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, everyMs);
  return () => clearInterval(pings);
}

export function serveSocket(
  server: Server<SocketExtra>,
  socket: WebSocket,
  request: IncomingMessage,
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
  const outbox: Outbox = { waiting: 0, onStalled: () => closeSlow(socket, times.stalledMs, end) };
  const stopKeepAlive = keepAlive(socket, outbox, times.keepAliveMs);
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (data) => sendOn(socket, outbox, data, times.stalledMs),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) =>
        socket.on('message', (data: Buffer) => {
          handle(data.toString()).catch((error: unknown) => {
            log.error({ err: error }, 'a WebSocket message broke');
            socket.close(CloseCode.InternalServerError, 'Internal server error');
          });
        }),
    },
    { request, connection: { subscriptions: 0 } },
  );
  socket.once('close', (code, reason) => end(code, reason.toString()));
}
