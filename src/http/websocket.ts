// graphql-transport-ws on /graphql, through Yoga's own pipeline, so that every limit of HTTP holds here too.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Authenticate } from '../auth/authenticate.ts';
import type { Principal } from '../auth/principal.ts';
import type { Caller } from '../schema/context.ts';
import type { Connection } from '../schema/subscriptions/slots.ts';
import { requestIdOf } from './caller.ts';
import { watchSockets } from './heartbeat.ts';
import { MAX_BODY_BYTES, type Yoga } from './yoga.ts';

export interface SocketServer {
  /** Takes over an HTTP connection that asked to be upgraded. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly connections: number;
  /** Closes every socket with 1001 (going away). */
  close(): Promise<void>;
}

export interface SocketOptions {
  readonly yoga: Yoga;
  readonly authenticate: Authenticate;
  readonly newId: () => string;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
  /** How long a socket may take nothing. */
  readonly silentMs: number;
}

interface InitPayload extends Record<string, unknown> {
  readonly authorization?: unknown;
}

type Prepared = ExecutionArgs & { readonly rootValue: Pick<ReturnType<Yoga['getEnveloped']>, 'execute' | 'subscribe'> };

/** What a socket keeps from its connection_init on. */
interface Session extends Record<PropertyKey, unknown> {
  principal: Principal;
  connection: Connection;
}

const INIT_TIMEOUT_MS = 10_000;

const authorizationOf = (payload: InitPayload | undefined): string | null =>
  typeof payload?.authorization === 'string' ? payload.authorization : null;

export function createSocketServer({ yoga, authenticate, newId, now, silentMs }: SocketOptions): SocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES });
  const options: ServerOptions<InitPayload, Extra & Partial<Session>> = {
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    execute: (args) => (args as Prepared).rootValue.execute(args),
    subscribe: (args) => (args as Prepared).rootValue.subscribe(args),
    onConnect: async ({ extra, connectionParams }) => {
      extra.principal = await authenticate({ authorization: authorizationOf(connectionParams) });
      extra.connection = { subscriptions: 0 };
    },
    onSubscribe: async ({ extra: { request, principal, connection } }, _id, params) => {
      if (principal === undefined || connection === undefined) throw new TypeError('no connection_init');
      const caller = { principal, connection, requestId: requestIdOf(request, newId), lastEventId: null };
      return await prepare(yoga, caller, params);
    },
  };
  // The heartbeat is our own: graphql-ws' would end a deaf socket without a word (its pings wait behind what is unread).
  const heartbeat = watchSockets(sockets, now, silentMs);
  const server = useServer<InitPayload, Session>(options, sockets, 0);
  return {
    upgrade: (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
    },
    get connections() {
      return sockets.clients.size;
    },
    close: async () => {
      heartbeat.stop();
      for (const client of sockets.clients) client.close(1001, 'Going away');
      await server.dispose();
    },
  };
}

/** Parses and validates as HTTP does; what is wrong with the operation is its answer, not the end of the socket. */
async function prepare(
  yoga: Yoga,
  caller: Caller,
  params: {
    query: string;
    operationName?: string | null | undefined;
    variables?: Record<string, unknown> | null | undefined;
  },
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({ ...caller, params });
  try {
    const document = parse(params.query);
    const errors = validate(schema, document) as readonly GraphQLError[];
    if (errors.length > 0) return errors;
    return {
      schema,
      document,
      operationName: params.operationName ?? null,
      variableValues: params.variables ?? null,
      contextValue: await contextFactory(),
      rootValue: { execute, subscribe },
    };
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}
