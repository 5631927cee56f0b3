// Node gives a request five minutes to arrive (server.requestTimeout), which an upload may well exceed. So that limit is
// off for the server, and put back here for every request that is not an upload: a body that trickles in for longer holds
// a connection for nothing.
import type { IncomingMessage } from 'node:http';

const BODY_MS = 300_000;

/** Small bodies come with their headers; what is not here after a while was not going to come. */
export function limitBody(request: IncomingMessage): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if ((length === undefined || length === '0') && encoding === undefined) return;
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy();
  }, BODY_MS);
  timer.unref();
  request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
}
