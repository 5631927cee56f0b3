// One subscription over one WebSocket, until it ends. follow-changes.ts reconnects: graphql-ws would subscribe again with
// the first cursor and deliver every later change twice (docs/frontend.md).
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { Refused, UnexpectedAnswer, Unreachable } from '../errors.ts';
import type { Document } from './document.ts';
import { type GraphQLErrorShape, type Variables, reasonOf, toError } from './request.ts';
import { type Server, credentialsOf } from './server.ts';

const PING_MS = 10_000;
const PONG_TIMEOUT_MS = 5_000;

export interface Subscription<Data> {
  readonly query: Document;
  readonly variables: Variables;
  readonly onData: (data: Data) => void;
  /** The server has acknowledged the connection. */
  readonly onConnected: () => void;
}

/**
 * Always rejects: with the reason why the subscription ended.
 * @throws Unreachable, UnexpectedAnswer, Refused, CursorLost, and the signal's reason
 */
export async function runSubscription<Data>(
  server: Server,
  stream: Subscription<Data>,
  signal: AbortSignal,
): Promise<never> {
  signal.throwIfAborted();
  const { query, variables, onData, onConnected } = stream;
  const { client, destroy } = createSocket(server, onConnected);
  // A signal of its own, so that its listener is collected with the subscription.
  const own = AbortSignal.any([signal]);
  try {
    return await new Promise<never>((_resolve, reject) => {
      own.addEventListener('abort', () => reject(own.reason as Error));
      const end = (reason: unknown): void => reject(toSubscriptionError(server.url, reason));
      client.subscribe<Data>(
        { query, variables },
        {
          next: ({ data, errors }) => (data == null || errors !== undefined ? end(errors) : onData(data)),
          error: end,
          complete: () => end(new Error('the server completed the subscription')),
        },
      );
    });
  } finally {
    destroy();
  }
}

interface Socket {
  readonly client: Client;
  /** Terminates at once: waiting for a close frame would hang when the other side is gone. */
  readonly destroy: () => void;
}

function createSocket(server: Server, onConnected: () => void): Socket {
  let socket: WebSocket | undefined;
  let overdue: ReturnType<typeof setTimeout> | undefined;
  const answered = (): void => clearTimeout(overdue);
  const destroy = (): void => {
    answered();
    socket?.terminate();
  };
  const expectAnswer = (): void => {
    answered();
    overdue = setTimeout(destroy, PONG_TIMEOUT_MS);
  };
  const client = createClient({
    url: `${server.url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: createSocketClass((opened) => (socket = opened)),
    connectionParams: credentialsOf(server),
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      connecting: expectAnswer,
      connected: () => {
        answered();
        onConnected();
      },
      ping: (received) => {
        if (!received) expectAnswer();
      },
      pong: (received) => {
        if (received) answered();
      },
      closed: answered,
    },
  });
  return { client, destroy };
}

/** graphql-ws creates the socket and does not expose it. */
function createSocketClass(
  onOpening: (socket: WebSocket) => void,
): new (address: string, protocol: string) => WebSocket {
  return class extends WebSocket {
    constructor(address: string, protocol: string) {
      super(address, protocol);
      // A socket destroyed while connecting emits an error that would otherwise be uncaught.
      this.on('error', () => undefined);
      onOpening(this);
    }
  };
}

interface Closing {
  readonly code: number;
  readonly reason: string;
}

const isClosing = (reason: object): reason is Closing => 'code' in reason && 'reason' in reason;
const isErrorList = (reason: unknown): reason is readonly GraphQLErrorShape[] => Array.isArray(reason);

/** graphql-ws ends a subscription with GraphQL errors, a close event, or an error of `ws`. */
function toSubscriptionError(url: string, reason: unknown): Error {
  if (isErrorList(reason)) return toError(reason);
  if (typeof reason !== 'object' || reason === null) return new UnexpectedAnswer(url, 200, 'without data');
  if (isClosing(reason)) return closedWith(url, reason);
  const { message = '', error = reason } = reason as { readonly message?: string; readonly error?: unknown };
  const [, status] = /Unexpected server response: (\d+)/.exec(message) ?? [];
  if (status !== undefined) return new UnexpectedAnswer(url, Number(status), `${status} instead of a WebSocket`);
  return new Unreachable(url, reasonOf(error), { cause: error });
}

/** https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md: codes 44xx belong to the protocol. */
function closedWith(url: string, { code, reason }: Closing): Error {
  if (code === 4401 || code === 4403) return new Refused(code === 4401 ? 'UNAUTHORIZED' : 'FORBIDDEN', reason);
  if (code === 4400 || code === 4004 || code === 4406) return new UnexpectedAnswer(url, 400, `${code} ${reason}`);
  return new Unreachable(url, 'the connection broke', { cause: { code, reason } });
}
