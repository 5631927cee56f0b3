// The one WebSocket for everything that is live: opened with the first subscription, closed after the last. It does not
// reconnect by itself: graphql-ws would subscribe again with the first cursor, and every change since would come twice.
import type { Client, ClientOptions, SubscribePayload } from 'graphql-ws/client';
import { WaybillError } from '../errors.ts';
import { adaptToNode } from './node-socket.ts';
import { toSocketError } from './socket-error.ts';

export interface SocketOptions {
  /** Of the server, without a trailing slash. */
  readonly url: string;
  readonly webSocketImpl: unknown;
  readonly authorization: () => Promise<string | undefined>;
  /** The authorization is another one each time: bring a fresh one before the right ends. */
  readonly isRenewed: boolean;
}

export interface Sink<Result> {
  /** The server has accepted the connection. */
  connected(): void;
  next(result: Result): void;
  /**
   * Called once, unless it was unsubscribed before.
   * @param isComplete the server has ended it in order
   */
  end(error: WaybillError, isComplete: boolean): void;
}

const PING_MS = 10_000;
const PATIENCE_MS = 5_000;
/** Between two subscriptions, as when a page changes its filter. */
const IDLE_MS = 1_000;

export class Socket {
  readonly #options: SocketOptions;
  readonly #onConnected = new Set<() => void>();
  #client: Promise<Client> | undefined;
  #isConnected = false;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  /** @returns unsubscribes */
  subscribe<Result>(query: string, variables: Record<string, unknown>, sink: Sink<Result>): () => void {
    let isOver = false;
    let unsubscribe = (): void => undefined;
    const stop = (): void => {
      isOver = true;
      this.#onConnected.delete(connected);
      unsubscribe();
    };
    const end = (reason: unknown, isComplete = false): void => {
      if (isOver) return;
      stop();
      sink.end(toSocketError(reason), isComplete);
    };
    const connected = (): void => sink.connected();
    const begin = (client: Client): void => {
      if (isOver) return;
      this.#onConnected.add(connected);
      if (this.#isConnected) connected();
      unsubscribe = client.subscribe<Result>({ query, variables } satisfies SubscribePayload, {
        next: ({ data, errors }) => {
          if (isOver) return;
          if (data == null || errors !== undefined) end(errors);
          else sink.next(data);
        },
        error: (reason) => end(reason),
        complete: () => end(null, true),
      });
    };
    (this.#client ??= this.#load()).then(begin).catch((error: unknown) => {
      // The code of graphql-ws could not be loaded: the next subscription tries again.
      if (!(error instanceof WaybillError)) this.#client = undefined;
      end(error);
    });
    return stop;
  }

  close(): void {
    void this.#client?.then((client) => client.terminate()).catch(() => undefined);
  }

  async #load(): Promise<Client> {
    const graphqlWs = await import('graphql-ws/client');
    try {
      return this.#create(graphqlWs.createClient);
    } catch (cause) {
      throw new WaybillError('WEBSOCKET_MISSING', 'There is no WebSocket here: give one as webSocketImpl.', { cause });
    }
  }

  #create(createClient: (options: ClientOptions) => Client): Client {
    const { url, webSocketImpl, authorization } = this.#options;
    let overdue: ReturnType<typeof setTimeout> | undefined;
    const answered = (): void => clearTimeout(overdue);
    const expectAnswer = (): void => {
      answered();
      overdue = setTimeout(() => client.terminate(), PATIENCE_MS);
    };
    // Counts connections: what was begun for one must not end the next.
    let current = 0;
    const renewal = new Renewal(authorization);
    const client = createClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: adaptToNode(webSocketImpl),
      connectionParams: async () => {
        const own = current;
        // Signing in may take longer than the server may.
        answered();
        const given = await authorization();
        if (own === current) expectAnswer();
        return given === undefined ? {} : { authorization: given };
      },
      retryAttempts: 0,
      lazyCloseTimeout: IDLE_MS,
      keepAlive: PING_MS,
      on: {
        // Not connectionAckWaitTimeout: it starts when the socket is open, and the socket may never open.
        connecting: () => {
          current += 1;
          expectAnswer();
        },
        connected: (socket) => {
          answered();
          this.#isConnected = true;
          if (this.#options.isRenewed) renewal.begin(socket as WebSocket);
          for (const connected of this.#onConnected) connected();
        },
        ping: (received) => {
          if (!received) expectAnswer();
        },
        pong: (received, payload) => {
          if (received) answered();
          if (received) renewal.take(payload);
        },
        closed: () => {
          current += 1;
          answered();
          this.#isConnected = false;
          renewal.end();
        },
        error: answered,
      },
    });
    return client;
  }
}

/**
 * Brings a fresh authorization to the live socket before its right ends, so that its subscriptions go on where they are: in
 * the payload of a ping. The pong says until when the right lasts.
 */
class Renewal {
  readonly #authorization: () => Promise<string | undefined>;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(authorization: () => Promise<string | undefined>) {
    this.#authorization = authorization;
  }

  begin(socket: WebSocket): void {
    this.#socket = socket;
    this.#bring();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#socket = undefined;
  }

  take(payload: Record<string, unknown> | undefined): void {
    const { expiresAt, code } = payload ?? {};
    if (code !== undefined) this.#bringIn(PATIENCE_MS);
    if (typeof expiresAt !== 'string') return;
    const leftMs = Date.parse(expiresAt) - Date.now();
    // A minute before, or a quarter of what is left for tokens that last minutes.
    this.#bringIn(Math.max(1_000, leftMs - Math.min(60_000, leftMs / 4)));
  }

  #bringIn(ms: number): void {
    clearTimeout(this.#timer);
    // What setTimeout can wait for at most; it is asked again then.
    this.#timer = setTimeout(() => this.#bring(), Math.min(ms, 2 ** 31 - 1));
  }

  #bring(): void {
    const socket = this.#socket;
    const send = (authorization: string | undefined): void => {
      if (authorization === undefined || socket === undefined || socket !== this.#socket) return;
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type: 'ping', payload: { authorization } }));
    };
    const later = (): void => {
      if (socket !== undefined && socket === this.#socket) this.#bringIn(PATIENCE_MS);
    };
    this.#authorization().then(send, later);
  }
}
