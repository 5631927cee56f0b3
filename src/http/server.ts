// The HTTP server: listens, hands each request to the handler of its path (routes.ts) and WebSocket handshakes to
// websocket/, and logs what a handler throws. A process without an API serves health and metrics only.
import { type IncomingMessage, type RequestListener, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { StartupError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { limitBodyTime } from './body-timeout.ts';
import { leaveContinueToUploads } from './expect-continue.ts';
import { isWebSocketUpgrade, refuseUpgrade } from './upgrade.ts';
import { hasSeveralHosts } from './hosts.ts';
import { DEFAULT_TIMEOUTS, type HttpTimeouts, serverTimeouts } from './timeouts.ts';
import { pathOf, send } from './respond.ts';
import { type Api, type RouteOptions, type Routes, createRoutes, findHandler, isUpload } from './routes.ts';
import { shutDown } from './shutdown.ts';
import type { SlowReaders } from './slow-readers.ts';

export interface ServerOptions extends RouteOptions {
  readonly log: Logger;
  readonly slowReaders: SlowReaders;
  readonly timeouts?: HttpTimeouts;
}

export interface RunningServer {
  readonly port: number;
  /** Takes no new connection, breaks streams off, lets requests finish, then closes what is left. */
  close(): Promise<void>;
}

/**
 * Listens.
 * @throws StartupError when it cannot listen at the address
 */
export async function listen(options: ServerOptions, host: string, port: number): Promise<RunningServer> {
  const { api, log, slowReaders, timeouts = DEFAULT_TIMEOUTS } = options;
  const streams = new Set<ServerResponse>();
  const handle = handleRequests(createRoutes(options, streams), timeouts, log);
  const server = createServer({ ...serverTimeouts(timeouts), shouldUpgradeCallback: isWebSocketUpgrade }, handle);
  server.on('connection', (socket) => slowReaders.watch(socket));
  leaveContinueToUploads(server);
  server.on('upgrade', acceptUpgrade(api));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, host, port)));
    server.listen(port, host, resolve);
  });
  api?.access.announce(host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => shutDown(server, api?.sockets, streams),
  };
}

function handleRequests(routes: Routes, timeouts: HttpTimeouts, log: Logger): RequestListener {
  return (request, response) => {
    const path = pathOf(request);
    const handler = findHandler(routes, path);
    if (!isUpload(path)) limitBodyTime(request, timeouts.bodyMs);
    if (hasSeveralHosts(request)) return send(response, 400, 'There is more than one Host header.');
    if (handler === undefined) return send(response, 404, 'not found');
    Promise.resolve(handler(request, response)).catch((error: unknown) => {
      log.error({ err: error }, 'request failed');
      if (response.headersSent) response.destroy();
      else send(response, 500, 'internal error');
    });
  };
}

/** One listener for all sockets, because they live long. */
function destroyOnError(this: Duplex): void {
  this.destroy();
}

function acceptUpgrade(api: Api | null): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, socket, head) => {
    // A client may break off during the handshake.
    socket.on('error', destroyOnError);
    if (hasSeveralHosts(request)) return refuseUpgrade(socket, 400, 'There is more than one Host header.');
    if (api === null || pathOf(request) !== '/graphql') return refuseUpgrade(socket, 404, 'not found');
    const refusal = api.access.refuse(request);
    if (refusal !== null) return refuseUpgrade(socket, refusal.status, refusal.reason);
    api.sockets.upgrade(request, socket, head);
  };
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): StartupError {
  const reason = error.code === 'EADDRINUSE' ? 'another program listens there already' : error.message;
  const message = `cannot listen on HOST ${host}, PORT ${port}: ${reason}. Set PORT (0 picks a free one) or HOST`;
  return new StartupError('INVALID_CONFIGURATION', message, { cause: error });
}
