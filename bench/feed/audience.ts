// Many listeners in one process: they count what they hear, and somebody can wait until all have heard it.
import type { Socket } from 'node:net';
import { uuidOf } from '../transitions/cycle.ts';
import { listen } from './listener.ts';

/** What each listener wants to hear. */
export type Wish =
  /** A bare server sends without being asked; it knows the listener by its number, which is the path. */
  | { readonly kind: 'anything' }
  | { readonly kind: 'every change'; readonly perSocket: number }
  /** The nth listener hears of file `first + n` only. */
  | { readonly kind: 'one file'; readonly first: number };

export interface Seats {
  readonly url: string;
  readonly sockets: number;
  readonly wish: Wish;
}

// Sockets opened at once: a server's backlog has room for them.
const AT_ONCE = 50;
const PATIENCE_MS = 30_000;
const INIT = JSON.stringify({ type: 'connection_init' });
const NEXT = Buffer.from('"type":"next"');
const QUERY = `subscription L($filter: FileChangeFilter) { fileChanges(filter: $filter) {
  cursor kind fileId occurredAt
  ... on FileTransitioned { transition { event from to version } file { id name state version allowedEvents } }
} }`;

const subscribe = (id: number, filter: { ids: string[] } | null): string =>
  JSON.stringify({ id: String(id), type: 'subscribe', payload: { query: QUERY, variables: { filter } } });

function requestsOf(wish: Wish, listener: number): string[] {
  switch (wish.kind) {
    case 'anything':
      return [];
    case 'every change':
      return Array.from({ length: wish.perSocket }, (_, at) => subscribe(at + 1, null));
    case 'one file':
      return [subscribe(1, { ids: [`file_${uuidOf(wish.first + listener)}`] })];
  }
}

export class Audience {
  readonly #sockets: Socket[] = [];
  #counts = new Uint32Array(0);
  #broken: Error | null = null;
  #awaited: { total: number; done: PromiseWithResolvers<void> } | null = null;
  /** Subscriptions of all together: what one change is heard by. */
  ears = 0;
  /** Messages of all together. */
  heard = 0;
  /** The last message of any. */
  last = '';
  /** Called with the number of the listener, as early as it can be known. */
  onHeard: (listener: number) => void = () => undefined;

  get size(): number {
    return this.#sockets.length;
  }

  /** Adds listeners. That their requests were carried out is for the server to say. */
  async seat({ url, sockets, wish }: Seats): Promise<void> {
    const first = this.#sockets.length;
    const counts = new Uint32Array(first + sockets);
    counts.set(this.#counts);
    this.#counts = counts;
    this.ears += sockets * (wish.kind === 'every change' ? wish.perSocket : 1);
    for (let at = first; at < first + sockets; at += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, first + sockets - at) }, (_, offset) => at + offset);
      this.#sockets.push(...(await Promise.all(some.map((listener) => this.#open(new URL(url), wish, listener)))));
    }
  }

  /** Waits until so many messages have been heard by all together. */
  async until(total: number): Promise<void> {
    if (this.#broken !== null) throw this.#broken;
    if (this.heard > total) throw new Error(`heard ${this.heard} messages, which is more than the ${total} there are`);
    if (this.heard === total) return;
    const done = Promise.withResolvers<void>();
    this.#awaited = { total, done };
    const tooLate = (): void => done.reject(new Error(`heard ${this.heard} of ${total} messages in ${PATIENCE_MS} ms`));
    const timer = setTimeout(tooLate, PATIENCE_MS);
    await done.promise.finally(() => clearTimeout(timer));
  }

  /** Counts again from here; some may have been here for longer than others. */
  recount(): void {
    this.#counts.fill(0);
  }

  /** Nobody has heard anything twice that another has not heard at all. */
  checkEqual(): void {
    const [first] = this.#counts;
    if (this.#counts.some((count) => count !== first)) throw new Error('not all listeners have heard the same');
  }

  leave(): void {
    for (const socket of this.#sockets.splice(0)) socket.removeAllListeners('close').destroy();
    this.#counts = new Uint32Array(0);
    this.heard = 0;
    this.ears = 0;
  }

  #open(url: URL, wish: Wish, listener: number): Promise<Socket> {
    const speaks = wish.kind !== 'anything';
    return listen({
      url: speaks ? url : new URL(String(listener), url),
      protocol: speaks ? 'graphql-transport-ws' : null,
      greeting: speaks ? INIT : null,
      requests: requestsOf(wish, listener),
      onMessage: (payload) => this.#hear(listener, payload),
      onEnd: (reason) => this.#break(reason),
    });
  }

  #hear(listener: number, payload: Buffer): void {
    this.onHeard(listener);
    if (!payload.includes(NEXT)) return this.#break(new Error(`not a change: ${payload.toString()}`));
    this.heard += 1;
    this.#counts[listener]! += 1;
    if (this.heard !== this.#awaited?.total) return;
    this.last = payload.toString();
    this.#awaited.done.resolve();
    this.#awaited = null;
  }

  #break(reason: Error): void {
    this.#broken ??= reason;
    this.#awaited?.done.reject(reason);
  }
}
