// graphql-transport-ws on /graphql, through Yoga's own pipeline, so that every limit of HTTP holds here too.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Authenticate } from '../auth/authenticate.ts';
import { callerOf } from './caller.ts';
import { type Caller, MAX_BODY_BYTES, type Yoga } from './yoga.ts';

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
}

interface InitPayload extends Record<string, unknown> {
  readonly authorization?: unknown;
}

type Prepared = ExecutionArgs & { readonly rootValue: Pick<ReturnType<Yoga['getEnveloped']>, 'execute' | 'subscribe'> };

const KEEP_ALIVE_MS = 12_000;
const INIT_TIMEOUT_MS = 10_000;

const authorizationOf = (payload: InitPayload | undefined): string | null =>
  typeof payload?.authorization === 'string' ? payload.authorization : null;

export function createSocketServer({ yoga, authenticate, newId }: SocketOptions): SocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES });
  const options: ServerOptions<InitPayload, Extra> = {
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    execute: (args) => (args as Prepared).rootValue.execute(args),
    subscribe: (args) => (args as Prepared).rootValue.subscribe(args),
    onSubscribe: async ({ extra, connectionParams }, _id, params) => {
      const caller = await callerOf(extra.request, authenticate, newId, authorizationOf(connectionParams));
      return await prepare(yoga, caller, params);
    },
  };
  const server = useServer(options, sockets, KEEP_ALIVE_MS);
  return {
    upgrade: (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
    },
    get connections() {
      return sockets.clients.size;
    },
    close: async () => {
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
