// Requests that ask for another protocol. Only WebSocket is one of ours.
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Every other upgrade is ignored, and the request answered as if it had not asked (RFC 9110 section 7.8). Java's HttpClient
 * and `curl --http2` ask for h2c with every first request.
 */
export const isWebSocketUpgrade = ({ headers: { upgrade } }: IncomingMessage): boolean =>
  upgrade?.trim().toLowerCase() === 'websocket';

/** Answers an upgrade that is not granted. */
export function refuseUpgrade(socket: Duplex, status: number, reason: string): void {
  const body = `${reason}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  // Nothing is read from it any more, so without this it would stay half open until the client closes it.
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
