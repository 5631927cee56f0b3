// One WebSocket under graphql-ws. In place of graphql-ws/use/ws, which writes what breaks a connection to the console
// and its text to the client; here both go to the log, and a client that stops reading does not stay for ever.
import type { IncomingMessage } from 'node:http';
import { CloseCode, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Logger } from '../log.ts';

/** What an operation can ask of the socket it came over. */
export interface SocketExtra extends Record<PropertyKey, unknown> {
  readonly request: IncomingMessage;
}

export interface SocketTimes {
  /** Between pings; a client that has not answered one when the next is due is cut off. */
  readonly keepAliveMs: number;
  /** How long a message may wait for a client that does not read. Its stream stands still meanwhile, and costs nothing. */
  readonly stalledMs: number;
}

export const SOCKET_TIMES: SocketTimes = { keepAliveMs: 12_000, stalledMs: 30_000 };

function sendOn(socket: WebSocket, data: string, stalledMs: number): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  return new Promise((resolve) => {
    const stalled = setTimeout(() => socket.terminate(), stalledMs);
    // A message that could not be sent is the end of the socket, and that is heard below.
    socket.send(data, () => {
      clearTimeout(stalled);
      resolve();
    });
  });
}

/** @returns what ends the keeping alive */
function keepAlive(socket: WebSocket, everyMs: number): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const pings = setInterval(() => {
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
  times: SocketTimes = SOCKET_TIMES,
): void {
  const note = (error: unknown): void => log.debug({ err: error }, 'a WebSocket broke');
  socket.on('error', note); // ws closes it
  const stopKeepAlive = keepAlive(socket, times.keepAliveMs);
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (data) => sendOn(socket, data, times.stalledMs),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) =>
        socket.on('message', (data: Buffer) => {
          handle(data.toString()).catch((error: unknown) => {
            log.error({ err: error }, 'a WebSocket message broke');
            socket.close(CloseCode.InternalServerError, 'Internal server error');
          });
        }),
    },
    { request },
  );
  socket.once('close', (code, reason) => {
    stopKeepAlive();
    closed(code, reason.toString()).catch(note);
  });
}
