// The client, and everything that its users name.
import type { RequestOptions, TypedDocument, VariablesOf } from './document.ts';
import { WaybillError } from './errors.ts';
import { mutate, query } from './http/request.ts';
import type { Endpoint, Fetch } from './http/send.ts';
import { type ChangesOptions, followChanges } from './live/changes.ts';
import type { Change } from './live/follower.ts';
import { type Live, createLive } from './live/live.ts';
import { Socket } from './live/socket.ts';
import { type Observer, subscribe } from './live/subscribe.ts';

export interface WaybillOptions {
  /** Of the server, such as http://127.0.0.1:4000. On a page that the server itself serves: location.origin. */
  readonly url: string;
  /**
   * A token or an API key, or what gives one that is valid for a while, such as getAccessToken of your provider's library:
   * it is asked before each request, and for a fresh one before a token expires.
   */
  readonly token?: string | (() => string | null | undefined | Promise<string | null | undefined>) | undefined;
  /** Where there is no global WebSocket (Node before 22): that of the package `ws`, for example. */
  readonly webSocketImpl?: unknown;
  /** Instead of the global one. */
  readonly fetch?: Fetch | undefined;
}

export interface Waybill {
  /** Of the server, without a slash at its end. */
  readonly url: string;
  /** Aborted by `close`. */
  readonly closed: AbortSignal;
  /** @throws WaybillError */
  query<Result, Variables>(
    document: TypedDocument<Result, Variables>,
    ...rest: VariablesOf<Variables>
  ): Promise<Result>;
  /**
   * Refusals are data, as in the schema; `expectSuccess` turns them into errors. Inputs that take an idempotency key get
   * one, so that it can be sent again until there is an answer.
   * @throws WaybillError; its `idempotencyKey` continues a mutation that has got no answer
   */
  mutate<Result, Variables>(
    document: TypedDocument<Result, Variables>,
    ...rest: VariablesOf<Variables>
  ): Promise<Result>;
  /** Stores that stay true. */
  readonly live: Live;
  /**
   * Every change after a cursor, once and in order, for programs that copy the log. Without a cursor: from now on.
   * @throws WaybillError
   */
  changes(after?: string, options?: ChangesOptions): AsyncGenerator<Change, void>;
  /**
   * A subscription of your own, over whatever interruptions. One to `fileChanges` goes on after its newest change: it takes
   * the variable `$after` and selects `cursor`; its errors are those of `changes`. Any other begins anew with what is now.
   * @returns unsubscribes
   */
  subscribe<Result, Variables extends object>(
    document: TypedDocument<Result, Variables>,
    variables: Variables,
    observer: Observer<Result>,
  ): () => void;
  /** Ends everything that runs, with the code CLOSED. */
  close(): void;
}

export function createWaybill(options: WaybillOptions): Waybill {
  const closing = new AbortController();
  const endpoint: Endpoint = {
    url: options.url.replace(/\/+$/, ''),
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    authorization: async () => {
      const token = typeof options.token === 'function' ? await options.token() : options.token;
      return token == null || token === '' ? undefined : `Bearer ${token}`;
    },
    closing: closing.signal,
  };
  const socket = new Socket({
    url: endpoint.url,
    webSocketImpl: options.webSocketImpl,
    authorization: endpoint.authorization,
    isRenewed: typeof options.token === 'function',
  });
  const connection = { endpoint, socket };
  const run =
    (operate: typeof query) =>
    <Result>(document: { toString(): string }, variables?: unknown, requested: RequestOptions = {}): Promise<Result> =>
      operate<Result>(endpoint, document.toString(), (variables ?? {}) as Record<string, unknown>, requested);
  return {
    url: endpoint.url,
    closed: closing.signal,
    query: run(query),
    mutate: run(mutate),
    live: createLive(connection),
    changes: (after, requested = {}) => followChanges(connection, after, requested),
    subscribe: <Result>(document: { toString(): string }, variables: object, observer: Observer<Result>) =>
      subscribe(connection, document.toString(), variables as Record<string, unknown>, observer),
    close: () => {
      closing.abort(new WaybillError('CLOSED', 'The client is closed.'));
      socket.close();
    },
  };
}
