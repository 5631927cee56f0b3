// Many subscribers in one process: counts what they receive, and waits until all have received it.
import type { Socket } from 'node:net';
import { uuidOf } from '../transitions/cycle.ts';
import { listen } from './subscriber-socket.ts';

/** What each subscriber receives. */
export type Scope =
  /** A bare server sends without a subscription; the path is the subscriber's number. */
  | { readonly kind: 'anything' }
  | { readonly kind: 'every change'; readonly perSocket: number }
  /** The nth subscriber receives changes of file `first + n` only. */
  | { readonly kind: 'one file'; readonly first: number }
  /** The same, after a cursor. */
  | { readonly kind: 'resuming'; readonly first: number; readonly after: string };

export interface NewSubscribers {
  readonly url: string;
  readonly sockets: number;
  readonly scope: Scope;
}

// Sockets opened at once: few enough for a server's backlog.
const AT_ONCE = 50;
const TIMEOUT_MS = 30_000;
const INIT = JSON.stringify({ type: 'connection_init' });
const NEXT = Buffer.from('"type":"next"');
const QUERY = `subscription L($filter: FileChangeFilter, $after: Cursor) { fileChanges(filter: $filter, after: $after) {
  cursor kind fileId occurredAt
  ... on FileTransitioned { transition { event from to version } file { id name state version allowedEvents } }
} }`;

const subscribe = (id: number, filter: { ids: string[] } | null, after?: string): string =>
  JSON.stringify({ id: String(id), type: 'subscribe', payload: { query: QUERY, variables: { filter, after } } });

function requestsOf(scope: Scope, subscriber: number): string[] {
  switch (scope.kind) {
    case 'anything':
      return [];
    case 'every change':
      return Array.from({ length: scope.perSocket }, (_, at) => subscribe(at + 1, null));
    case 'one file':
      return [subscribe(1, { ids: [`file_${uuidOf(scope.first + subscriber)}`] })];
    case 'resuming':
      return [subscribe(1, { ids: [`file_${uuidOf(scope.first + subscriber)}`] }, scope.after)];
  }
}

export class SubscriberGroup {
  readonly #sockets: Socket[] = [];
  #counts = new Uint32Array(0);
  #broken: Error | null = null;
  #awaited: { total: number; done: PromiseWithResolvers<void> } | null = null;
  /** Subscriptions of all sockets: one change is received so many times. */
  subscriptions = 0;
  /** Messages received by all sockets. */
  received = 0;
  /** The last message received. */
  last = '';
  /** Called with the number of the subscriber, before the message is read. */
  onReceived: (subscriber: number) => void = () => undefined;

  get size(): number {
    return this.#sockets.length;
  }

  /** Adds subscribers. The server's metric says when they have subscribed. */
  async add({ url, sockets, scope }: NewSubscribers): Promise<void> {
    const first = this.#sockets.length;
    const counts = new Uint32Array(first + sockets);
    counts.set(this.#counts);
    this.#counts = counts;
    this.subscriptions += sockets * (scope.kind === 'every change' ? scope.perSocket : 1);
    for (let at = first; at < first + sockets; at += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, first + sockets - at) }, (_, offset) => at + offset);
      this.#sockets.push(...(await Promise.all(some.map((subscriber) => this.#open(new URL(url), scope, subscriber)))));
    }
  }

  /** Waits until all sockets together have received so many messages. */
  async until(total: number): Promise<void> {
    if (this.#broken !== null) throw this.#broken;
    if (this.received > total)
      throw new Error(`received ${this.received} messages, which is more than the ${total} there are`);
    if (this.received === total) return;
    const done = Promise.withResolvers<void>();
    this.#awaited = { total, done };
    const tooLate = (): void =>
      done.reject(new Error(`received ${this.received} of ${total} messages in ${TIMEOUT_MS} ms`));
    const timer = setTimeout(tooLate, TIMEOUT_MS);
    await done.promise.finally(() => clearTimeout(timer));
  }

  /** Resets the counts: some subscribers may have been added before others. */
  recount(): void {
    this.#counts.fill(0);
  }

  /** @throws unless every subscriber received the same number of messages */
  checkEqual(): void {
    const [first] = this.#counts;
    if (this.#counts.some((count) => count !== first))
      throw new Error('not all subscribers received the same number of messages');
  }

  leave(): void {
    for (const socket of this.#sockets.splice(0)) socket.removeAllListeners('close').destroy();
    this.#counts = new Uint32Array(0);
    this.received = 0;
    this.subscriptions = 0;
  }

  #open(url: URL, scope: Scope, subscriber: number): Promise<Socket> {
    const isGraphql = scope.kind !== 'anything';
    return listen({
      url: isGraphql ? url : new URL(String(subscriber), url),
      protocol: isGraphql ? 'graphql-transport-ws' : null,
      greeting: isGraphql ? INIT : null,
      requests: requestsOf(scope, subscriber),
      onMessage: (payload) => this.#receive(subscriber, payload),
      onEnd: (reason) => this.#break(reason),
    });
  }

  #receive(subscriber: number, payload: Buffer): void {
    this.onReceived(subscriber);
    if (!payload.includes(NEXT)) return this.#break(new Error(`not a change: ${payload.toString()}`));
    this.received += 1;
    this.#counts[subscriber]! += 1;
    if (this.received !== this.#awaited?.total) return;
    this.last = payload.toString();
    this.#awaited.done.resolve();
    this.#awaited = null;
  }

  #break(reason: Error): void {
    this.#broken ??= reason;
    this.#awaited?.done.reject(reason);
  }
}
