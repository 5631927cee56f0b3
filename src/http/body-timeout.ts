// Node limits the time a request may take to arrive (server.requestTimeout, 5 minutes), for all requests alike. An upload
// may take longer, so the server sets no limit, and this puts it back for every other request: a body that trickles in
// holds a connection for nothing.
import type { IncomingMessage } from 'node:http';

/** @param timeoutMs from here to the end of the body */
export function limitBodyTime(request: IncomingMessage, timeoutMs: number): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  const hasBody = length !== '0' || encoding !== undefined;
  if (!hasBody) return;
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy();
  }, timeoutMs);
  timer.unref();
  request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
}
