// graphql-transport-ws on /graphql, the same way in as over HTTP, so that every limit of it holds here too.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DocumentNode, ExecutionResult } from 'graphql';
import { type SubscribePayload, handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { MAX_BODY_BYTES } from './document-limits.ts';
import type { Reception } from './caller.ts';
import type { ErrorReporter } from './errors.ts';
import type { GraphQL } from './graphql.ts';
import type { OperationArgs } from './shared-operation.ts';
import { type SocketExtra, serveSocket } from './socket-connection.ts';
import { SocketSubscription, type SocketSubscriptionOptions } from './socket-subscription.ts';
import { isSubscribed } from './subscribe.ts';

export interface SocketServer {
  /** Takes over an HTTP connection that asked to be upgraded. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly connections: number;
  /** Closes every socket with 1001 (going away), and cuts off clients that do not answer. */
  close(): Promise<void>;
}

export interface SocketOptions extends Reception {
  readonly graphql: GraphQL;
  readonly reporter: ErrorReporter;
  /** How long a client may take nothing, milliseconds. */
  readonly stalledMs: number;
}

interface InitPayload extends Record<string, unknown> {
  readonly authorization?: unknown;
}

/** As it goes through graphql-ws: with what else a subscription needs in a place that it passes on untouched. */
interface Prepared extends OperationArgs {
  rootValue: Pick<SocketSubscriptionOptions, 'id' | 'outbox'> | null;
}

const INIT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 12_000;
// ws itself would wait 30 s for the closing frame of a client that has gone silent.
const CLOSING_MS = 2_000;

const authorizationOf = (payload: InitPayload | undefined): string | null =>
  typeof payload?.authorization === 'string' ? payload.authorization : null;

export function createSocketServer(options: SocketOptions): SocketServer {
  const { graphql, authenticate, newId, reporter, stalledMs } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES, handleProtocols });
  const times = { keepAliveMs: KEEP_ALIVE_MS, stalledMs };
  const server = makeServer<InitPayload, SocketExtra>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    execute: ({ rootValue: _, ...args }) => graphql.execute(args as OperationArgs),
    subscribe: (args) => subscribeOver(args as Prepared, options),
    onConnect: async ({ extra, connectionParams }) => {
      extra.principal = await authenticate({ authorization: authorizationOf(connectionParams) });
    },
    onSubscribe: ({ extra: { requestId, baseUrl, connection, principal, outbox } }, id, params) => {
      if (principal === undefined) throw new TypeError('an operation came before connection_init');
      const caller = { principal, baseUrl, connection, requestId: requestId ?? newId(), lastEventId: null };
      const { query, variables = null, operationName = null } = params;
      const prepared = graphql.prepare({ query, variables, operationName }, caller);
      if (!('document' in prepared)) return prepared;
      shareText(params, prepared.document);
      return { ...prepared, rootValue: { id, outbox } };
    },
  });
  return {
    upgrade: (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (client) =>
        serveSocket(server, client, { request, baseUrl: options.baseUrlOf(request) }, reporter.log, times),
      );
    },
    get connections() {
      return sockets.clients.size;
    },
    close: async () => {
      for (const client of sockets.clients) client.close(1001, 'Going away');
      const cutOff = setTimeout(() => sockets.clients.forEach((client) => client.terminate()), CLOSING_MS);
      await new Promise((resolve) => sockets.close(resolve));
      clearTimeout(cutOff);
    },
  };
}

async function subscribeOver(
  args: Prepared,
  { graphql, reporter }: SocketOptions,
): Promise<SocketSubscription | ExecutionResult> {
  const { rootValue: over, contextValue } = args;
  if (over === null) throw new TypeError('subscribed twice with the same arguments');
  const result = await graphql.subscribe({ ...args, rootValue: undefined });
  // graphql-ws keeps them for as long as the subscription lives: what began it is not needed for that.
  Object.assign(args, { rootValue: null, contextValue: null, variableValues: null });
  if (!isSubscribed(result)) return result;
  return new SocketSubscription({ ...result, ...over, requestId: contextValue.requestId, reporter });
}

/** It keeps the message too. Its text is the same as that of the document, which is there once for all who sent it. */
function shareText(params: SubscribePayload, { loc }: DocumentNode): void {
  if (loc !== undefined) Object.assign(params, { query: loc.source.body });
}
