// graphql-transport-ws on /graphql. Operations are prepared as over HTTP (graphql.prepare), so the same limits hold.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DocumentNode, ExecutionResult } from 'graphql';
import { type SubscribePayload, handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { MAX_BODY_BYTES } from '../../graphql/limits.ts';
import type { CallerOptions } from '../caller.ts';
import type { ErrorReporter } from '../../graphql/errors.ts';
import type { GraphQL } from '../../graphql/graphql.ts';
import type { OperationArgs } from '../../graphql/shared-operation.ts';
import { refuseUpgrade } from '../upgrade.ts';
import type { SocketCaps } from './caps.ts';
import { type OnPing, type SocketContext, serveSocket } from './connection.ts';
import { renewSocket, signInSocket } from './sign-in.ts';
import type { Inbox } from './inbox.ts';
import { sendLarge } from './large-answer.ts';
import type { SlowReaders } from '../slow-readers.ts';
import { SocketSubscription, type SocketSubscriptionOptions } from './subscription.ts';
import { isSubscribed } from '../../graphql/subscribe.ts';

export interface SocketServer {
  /** Completes the handshake of a connection that asked for an upgrade. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly connections: number;
  /** Closes every socket with 1001 (going away), and cuts off clients that do not answer. */
  close(): Promise<void>;
}

export interface SocketServerOptions extends CallerOptions {
  readonly graphql: GraphQL;
  readonly reporter: ErrorReporter;
  readonly slowReaders: SlowReaders;
  readonly caps: SocketCaps;
}

interface OverSocket extends Pick<SocketSubscriptionOptions, 'id' | 'socketWriter'> {
  readonly inbox: Inbox;
}

/** graphql-ws passes `rootValue` on untouched, so it carries what else a subscription needs. */
interface PreparedOperation extends OperationArgs {
  rootValue: OverSocket | null;
}

const INIT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 12_000;
// 70 kB/s for the largest message there is.
const MESSAGE_MS = 60_000;
// ws itself waits 30 s for the closing frame of a silent client.
const CLOSING_MS = 2_000;

export function createSocketServer(options: SocketServerOptions): SocketServer {
  const { graphql, newId, reporter, slowReaders, caps } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES, handleProtocols });
  const onPing: OnPing = (extra, payload) => renewSocket(extra, payload, options);
  const timings = { keepAliveMs: KEEP_ALIVE_MS, messageMs: MESSAGE_MS };
  const socketOptions = { log: reporter.log, slowReaders, ...timings, onPing };
  const server = makeServer<Record<string, unknown>, SocketContext>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    execute: (args) => executeOver(args as PreparedOperation, graphql),
    subscribe: (args) => subscribeOver(args as PreparedOperation, options),
    onConnect: async (context) => {
      const payload = context.connectionParams;
      // graphql-ws would keep it for as long as the socket lives.
      Object.assign(context, { connectionParams: undefined });
      return await signInSocket(context.extra, payload, options);
    },
    onSubscribe: ({ extra }, id, params) => {
      const { requestId, baseUrl, connection, principal, socketWriter, inbox, departures } = extra;
      if (principal === undefined) throw new TypeError('received an operation before connection_init');
      const signal = departures.watch(id);
      const own = { requestId: requestId ?? newId(), lastEventId: null, right: null, urls: options.urls, signal };
      const caller = { principal, baseUrl, connection, ...own };
      // messages.ts lets it through; graphql-ws does not know it.
      const { documentId = null } = params as { readonly documentId?: string | null };
      const { query, variables = null, operationName = null, extensions = null } = params;
      const prepared = graphql.prepare({ query, documentId, extensions, variables, operationName }, caller);
      if (!('document' in prepared)) return prepared;
      keepOnlyText(params, prepared.document);
      return { ...prepared, rootValue: { id, socketWriter, inbox } };
    },
    onComplete: ({ extra: { departures } }, id) => departures.forget(id),
  });
  return {
    upgrade: (request, socket, head) => {
      const { remoteAddress = '' } = request.socket;
      const refusal = caps.take(remoteAddress);
      if (refusal !== null) return refuseUpgrade(socket, refusal.status, refusal.reason);
      socket.once('close', () => caps.release(remoteAddress));
      sockets.handleUpgrade(request, socket, head, (client) =>
        serveSocket(server, client, { request, baseUrl: options.baseUrlOf(request) }, socketOptions),
      );
    },
    get connections() {
      return sockets.clients.size;
    },
    close: () => closeAll(sockets),
  };
}

async function closeAll(sockets: WebSocketServer): Promise<void> {
  for (const client of sockets.clients) client.close(1001, 'Going away');
  const cutOff = setTimeout(() => sockets.clients.forEach((client) => client.terminate()), CLOSING_MS);
  await new Promise((resolve) => sockets.close(resolve));
  clearTimeout(cutOff);
}

async function executeOver(
  { rootValue: over, ...args }: PreparedOperation,
  graphql: GraphQL,
): Promise<ReturnType<typeof sendLarge>> {
  if (over === null) throw new TypeError('the same arguments were executed twice');
  return sendLarge(await over.inbox.run(() => graphql.execute({ ...args, rootValue: undefined })), over);
}

async function subscribeOver(
  args: PreparedOperation,
  { graphql, reporter }: SocketServerOptions,
): Promise<SocketSubscription | ExecutionResult> {
  const { rootValue: over, contextValue } = args;
  if (over === null) throw new TypeError('the same arguments were subscribed twice');
  const result = await over.inbox.run(() => graphql.subscribe({ ...args, rootValue: undefined }));
  // graphql-ws keeps the arguments for as long as the subscription lives; it does not need these.
  Object.assign(args, { rootValue: null, contextValue: null, variableValues: null });
  if (!isSubscribed(result)) return result;
  return new SocketSubscription(result, { ...over, requestId: contextValue.requestId, reporter });
}

/**
 * graphql-ws also keeps the message. Its text is replaced by that of the document, which all its subscribers share; the
 * rest is dropped.
 */
function keepOnlyText(params: SubscribePayload, { loc }: DocumentNode): void {
  Object.assign(params, { query: loc?.source.body ?? '', operationName: null, variables: null, extensions: null });
}
