// One HTTP server: GraphQL, WebSocket, content, health, metrics. A role without an API gets the last two only.
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { StartupError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { UPLOADS_PATH } from '../uploads/tus-endpoint.ts';
import { isHost } from './base-url.ts';
import { type Reception, callerOf, isAllowedOrigin } from './caller.ts';
import { CONTENT_PATH } from './content.ts';
import type { Metrics } from './metrics.ts';
import { type Handler, pathOf, send } from './respond.ts';
import { limitBody } from './slow-bodies.ts';
import { watchStreams } from './stalled-streams.ts';
import type { SocketServer } from './websocket.ts';
import type { Yoga } from './yoga.ts';

export interface Api extends Reception {
  readonly yoga: Yoga;
  readonly sockets: SocketServer;
  /** The bytes of files, out and in. */
  readonly content: Handler;
  readonly uploads: Handler;
  /** Browser origins allowed besides our own. */
  readonly origins: readonly string[];
}

export interface ServerOptions {
  readonly api: Api | null;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Whether requests can be served: migrated, connected, not draining. */
  readonly isReady: () => boolean;
  /** How long a stream may take nothing. */
  readonly stalledMs: number;
}

export interface RunningServer {
  readonly port: number;
  /** Takes no new connection, ends streams, lets requests finish, then closes what is left. */
  close(): Promise<void>;
}

const DRAIN_MS = 3_000;
const IDLE_MS = 20;

const wantsEventStream = ({ headers }: IncomingMessage): boolean =>
  headers.accept?.includes('text/event-stream') === true;

/**
 * Only JSON may be posted: a page of another origin can send forms and plain text without asking first (CORS "simple
 * requests", https://fetch.spec.whatwg.org/#cors-safelisted-method).
 */
function refusalOf(request: IncomingMessage, origins: readonly string[]): [status: number, reason: string] | null {
  // Yoga builds a URL of it, and answers what is none with a stack trace.
  if (!isHost(request.headers.host || 'localhost')) return [400, 'the Host header names no host'];
  if (!isAllowedOrigin(request, origins)) return [403, 'this origin is not allowed (WAYBILL_CORS_ORIGINS)'];
  const isJson = /^application\/(?:[\w.-]+\+)?json\b/i.test(request.headers['content-type'] ?? '');
  return request.method === 'POST' && !isJson ? [415, 'content-type must be application/json'] : null;
}

/** Answers that take as long as their reader. */
class LongAnswers {
  /** Looked at for readers that have gone deaf. */
  readonly all = new Set<ServerResponse>();
  /** Event streams, which have no end to wait for. */
  readonly endless = new Set<ServerResponse>();

  add(response: ServerResponse, isEndless: boolean): void {
    const sets = isEndless ? [this.all, this.endless] : [this.all];
    for (const set of sets) set.add(response);
    response.once('close', () => sets.forEach((set) => set.delete(response)));
  }
}

function handleGraphQL(api: Api, answers: LongAnswers): Handler {
  return async (request, response) => {
    const refusal = refusalOf(request, api.origins);
    if (refusal !== null) return send(response, ...refusal);
    if (wantsEventStream(request)) answers.add(response, true);
    const caller = await callerOf(request, api);
    response.setHeader('x-request-id', caller.requestId);
    await api.yoga.handle(request, response, caller);
  };
}

function watched(handler: Handler, answers: LongAnswers): Handler {
  return (request, response) => {
    answers.add(response, false);
    return handler(request, response);
  };
}

/** By path; one that ends in a slash stands for everything below it. */
type Routes = ReadonlyMap<string, Handler>;

function routes({ api, metrics, isReady }: ServerOptions, answers: LongAnswers): Routes {
  const table = new Map<string, Handler>([
    ['/healthz', (_request, response) => send(response, 200, 'ok')],
    ['/readyz', (_request, response) => (isReady() ? send(response, 200, 'ready') : send(response, 503, 'not ready'))],
    ['/metrics', async (_request, response) => send(response, 200, await metrics.print(), metrics.contentType)],
  ]);
  if (api !== null) {
    table.set('/graphql', handleGraphQL(api, answers));
    table.set('/', (_request, response) => void response.writeHead(302, { location: '/graphql' }).end());
    table.set(CONTENT_PATH, watched(api.content, answers));
    table.set(UPLOADS_PATH, api.uploads);
    table.set(`${UPLOADS_PATH}/`, api.uploads);
  }
  return table;
}

const handlerOf = (table: Routes, path: string): Handler | undefined =>
  table.get(path) ?? table.get(path.slice(0, path.indexOf('/', 1) + 1));

function acceptUpgrade(api: Api | null): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, socket, head) => {
    // A socket that breaks during the handshake is nobody's error.
    socket.on('error', () => socket.destroy());
    if (api === null || pathOf(request) !== '/graphql') return void socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    if (!isAllowedOrigin(request, api.origins)) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    api.sockets.upgrade(request, socket, head);
  };
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): StartupError {
  const reason = error.code === 'EADDRINUSE' ? 'another program listens there already' : error.message;
  const message = `cannot listen on HOST ${host}, PORT ${port}: ${reason}. Set PORT (0 picks a free one) or HOST`;
  return new StartupError('INVALID_CONFIGURATION', message, { cause: error });
}

/**
 * Listens.
 * @throws StartupError when the address cannot be had
 */
export async function listen(options: ServerOptions, host: string, port: number): Promise<RunningServer> {
  const { api, log, stalledMs } = options;
  const answers = new LongAnswers();
  const table = routes(options, answers);
  // Node's own limit knows no exceptions.
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    const handler = handlerOf(table, pathOf(request));
    if (handler !== api?.uploads) limitBody(request);
    if (handler === undefined) return send(response, 404, 'not found');
    Promise.resolve(handler(request, response)).catch((error: unknown) => {
      log.error({ err: error }, 'a request broke');
      if (response.headersSent) response.destroy();
      else send(response, 500, 'internal error');
    });
  });
  server.on('upgrade', acceptUpgrade(api));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, host, port)));
    server.listen(port, host, resolve);
  });
  const watch = watchStreams(answers.all, () => performance.now(), stalledMs);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => close(server, api, answers.endless).finally(() => watch.stop()),
  };
}

/**
 * Streams are cut, not completed: a client that sees its stream break comes back with its cursor, one that is told
 * "complete" would not.
 */
async function close(server: Server, api: Api | null, streams: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  await api?.sockets.close();
  for (const stream of streams) stream.destroy();
  // Kept-alive connections become idle one by one, as their last requests are answered.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_MS);
  const drained = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(drained);
}
