// One subscription over one WebSocket, until it ends. Coming back is left to follow.ts: graphql-ws would subscribe again
// with the cursor it began with, and everything since would come twice (docs/clients.md).
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { Refused, UnexpectedAnswer, Unreachable } from '../errors.ts';
import { type GraphQLErrorShape, type Variables, reasonOf, toError } from './request.ts';
import { type Server, credentialsOf } from './server.ts';

const PING_MS = 10_000;
const PATIENCE_MS = 5_000;

export interface Stream<Data> {
  readonly query: string;
  readonly variables: Variables;
  readonly onData: (data: Data) => void;
  /** The server is there and has acknowledged the connection. */
  readonly onConnected: () => void;
}

/**
 * Rejects when the stream is over, whatever ended it.
 * @throws Unreachable, UnexpectedAnswer, Refused, CursorLost, and the signal's reason
 */
export async function openStream<Data>(server: Server, stream: Stream<Data>, signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  const { query, variables, onData, onConnected } = stream;
  const { client, destroy } = createSocket(server, onConnected);
  // Its own signal, so that the listener goes with the stream.
  const own = AbortSignal.any([signal]);
  try {
    return await new Promise<never>((_resolve, reject) => {
      own.addEventListener('abort', () => reject(own.reason as Error));
      const end = (reason: unknown): void => reject(toReason(server.url, reason));
      client.subscribe<Data>(
        { query, variables },
        {
          next: ({ data, errors }) => (data == null || errors !== undefined ? end(errors) : onData(data)),
          error: end,
          complete: () => end(new Error('the stream was completed')),
        },
      );
    });
  } finally {
    destroy();
  }
}

interface Socket {
  readonly client: Client;
  /** At once: a closing frame would be waited for, and the other side may be what has gone. */
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
    overdue = setTimeout(destroy, PATIENCE_MS);
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

/** graphql-ws makes the socket itself and shows it to nobody. */
function createSocketClass(
  onOpening: (socket: WebSocket) => void,
): new (address: string, protocol: string) => WebSocket {
  return class extends WebSocket {
    constructor(address: string, protocol: string) {
      super(address, protocol);
      // One that is destroyed while it connects says so in an error, when nobody listens any more.
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

/** graphql-ws ends a stream with errors of GraphQL, with a closing frame, or with what `ws` says of the socket. */
function toReason(url: string, reason: unknown): Error {
  if (isErrorList(reason)) return toError(reason);
  if (typeof reason !== 'object' || reason === null) return new UnexpectedAnswer(url, 200, 'without data');
  if (isClosing(reason)) return closedWith(url, reason);
  const { message = '', error = reason } = reason as { readonly message?: string; readonly error?: unknown };
  const [, status] = /Unexpected server response: (\d+)/.exec(message) ?? [];
  if (status !== undefined) return new UnexpectedAnswer(url, Number(status), `${status} instead of a WebSocket`);
  return new Unreachable(url, reasonOf(error), { cause: error });
}

/** https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md: 44xx are the application's. */
function closedWith(url: string, { code, reason }: Closing): Error {
  if (code === 4401 || code === 4403) return new Refused(code === 4401 ? 'UNAUTHORIZED' : 'FORBIDDEN', reason);
  if (code === 4400 || code === 4004 || code === 4406) return new UnexpectedAnswer(url, 400, `${code} ${reason}`);
  return new Unreachable(url, 'the connection broke', { cause: { code, reason } });
}
