// graphql-transport-ws on /graphql, through Yoga's own pipeline, so that every limit of HTTP holds here too.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DocumentNode, ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql';
import { type SubscribePayload, handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { Authenticate } from '../auth/authenticate.ts';
import type { Caller } from '../schema/context.ts';
import { type ErrorReporter, presentError } from './errors.ts';
import type { SubscriptionArgs } from './shared-operation.ts';
import { type SocketExtra, serveSocket } from './socket-connection.ts';
import { SocketSubscription, type SocketSubscriptionOptions } from './socket-subscription.ts';
import { type Subscribe, isSubscribed } from './subscribe.ts';
import { MAX_BODY_BYTES, type Yoga } from './yoga.ts';

export interface SocketServer {
  /** Takes over an HTTP connection that asked to be upgraded. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly connections: number;
  /** Closes every socket with 1001 (going away), and cuts off clients that do not answer. */
  close(): Promise<void>;
}

export interface SocketOptions {
  readonly yoga: Yoga;
  readonly subscribe: Subscribe;
  readonly authenticate: Authenticate;
  readonly newId: () => string;
  readonly reporter: ErrorReporter;
  /** How long a client may take nothing, milliseconds. */
  readonly stalledMs: number;
}

interface InitPayload extends Record<string, unknown> {
  readonly authorization?: unknown;
}

/** How graphql-ws is to carry out an operation that was prepared for it. */
interface Manner {
  readonly execute: ReturnType<Yoga['getEnveloped']>['execute'];
  readonly subscribe: (args: ExecutionArgs) => Promise<SocketSubscription | ExecutionResult>;
}

type Prepared = ExecutionArgs & { readonly rootValue: Manner };

const INIT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 12_000;
// ws itself would wait 30 s for the closing frame of a client that has gone silent.
const CLOSING_MS = 2_000;

const authorizationOf = (payload: InitPayload | undefined): string | null =>
  typeof payload?.authorization === 'string' ? payload.authorization : null;

export function createSocketServer(options: SocketOptions): SocketServer {
  const { authenticate, newId, reporter, stalledMs } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES, handleProtocols });
  const times = { keepAliveMs: KEEP_ALIVE_MS, stalledMs };
  const server = makeServer<InitPayload, SocketExtra>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    execute: (args) => (args as Prepared).rootValue.execute(args),
    subscribe: (args) => subscribeAndForget(args as Prepared),
    onConnect: async ({ extra, connectionParams }) => {
      extra.principal = await authenticate({ authorization: authorizationOf(connectionParams) });
    },
    onSubscribe: async ({ extra: { requestId, connection, principal, outbox } }, id, params) => {
      if (principal === undefined) throw new TypeError('an operation came before connection_init');
      const caller = { principal, connection, requestId: requestId ?? newId(), lastEventId: null };
      return await prepare(options, caller, params, { id, outbox });
    },
  });
  return {
    upgrade: (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (client) =>
        serveSocket(server, client, request, reporter.log, times),
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

/** graphql-ws keeps the arguments for as long as the subscription lives: what began it is not needed for that. */
async function subscribeAndForget(args: Prepared): Promise<SocketSubscription | ExecutionResult> {
  const result = await args.rootValue.subscribe(args);
  Object.assign(args, { rootValue: null, contextValue: null, variableValues: null });
  return result;
}

/** It keeps the message too. Its text is the same as that of the document, which is there once for all who sent it. */
function shareText(params: SubscribePayload, { loc }: DocumentNode): void {
  if (loc !== undefined) Object.assign(params, { query: loc.source.body });
}

/** Parses and validates as HTTP does; what is wrong with the operation is its answer, not the end of the socket. */
async function prepare(
  { yoga, subscribe, reporter }: SocketOptions,
  caller: Caller,
  params: SubscribePayload,
  over: Pick<SocketSubscriptionOptions, 'id' | 'outbox'>,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const { requestId } = caller;
  const { schema, execute, contextFactory, parse, validate } = yoga.getEnveloped({ ...caller, params });
  try {
    const document = parse(params.query);
    const errors = validate(schema, document) as readonly GraphQLError[];
    if (errors.length > 0) return errors;
    shareText(params, document);
    const manner: Manner = {
      execute,
      subscribe: async (args) => {
        const result = await subscribe(args as SubscriptionArgs);
        return isSubscribed(result) ? new SocketSubscription({ ...result, ...over, requestId, reporter }) : result;
      },
    };
    return {
      schema,
      document,
      operationName: params.operationName ?? null,
      variableValues: params.variables ?? null,
      contextValue: await contextFactory(),
      rootValue: manner,
    };
  } catch (error) {
    return [presentError(error, requestId, reporter)];
  }
}
