// Stops the HTTP server: no new connections, sockets closed, streams broken off, requests finished, then the rest cut.
import type { Server, ServerResponse } from 'node:http';
import type { SocketServer } from './websocket/server.ts';

const DRAIN_MS = 3_000;
const IDLE_CHECK_MS = 20;

/**
 * Event streams are broken off, not completed: a client reconnects with its cursor after a broken stream, but not after
 * "complete".
 */
export async function shutDown(
  server: Server,
  sockets: SocketServer | undefined,
  streams: ReadonlySet<ServerResponse>,
): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  await sockets?.close();
  for (const stream of streams) stream.destroy();
  // Kept-alive connections become idle one by one, as their last requests are answered.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const drained = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(drained);
}
