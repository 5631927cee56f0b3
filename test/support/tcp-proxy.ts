// A TCP proxy between a client and its server that can break, hold, refuse or swallow what passes through it.
import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';
import { freePort } from './free-port.ts';
import { type Match, PatternMatch } from './pattern-match.ts';

export type Direction = 'toServer' | 'toClient';

/** Called with every chunk before it is passed on. `connection` numbers the connections, from 0. */
export type Inspect = (chunk: Buffer, direction: Direction, connection: number) => void;

/**
 * `cutBefore`: the server never receives the match. `cutAfter`: it does, but the client never receives the answer.
 * `cutAllAfter`: as `cutAfter`, and every other connection breaks with it, so that the client has none left to ask on.
 * `swallowAnswers`: as `cutAfter`, but the connections stay open, until `restore`.
 */
export type MatchAction = 'cutBefore' | 'cutAfter' | 'cutAllAfter' | 'swallowAnswers';

interface Connection {
  readonly number: number;
  /** The first chunk to the server: to PostgreSQL, it names what the connection is for. */
  opening: string;
  readonly client: Socket;
  readonly upstream: Socket;
}

export class TcpProxy {
  readonly #server = createServer((client) => this.#accept(client));
  readonly #sockets = new Set<Socket>();
  #target: { readonly port: number; readonly host: string };
  readonly port: number;
  #connections = 0;
  #delayMs = 0;
  #isHeld = false;
  #swallowed: Direction | null = null;
  /** Connections with lower numbers are silent. */
  #firstHeard = 0;
  #inspect: Inspect | null = null;
  #match: { readonly pattern: PatternMatch; readonly action: MatchAction } | null = null;
  #matches = 0;
  #bytesToServer = 0;
  readonly #pending: { readonly at: number; readonly act: () => void }[] = [];

  /** Listens from `restore` on. */
  constructor(port: number, target: { readonly port: number; readonly host: string }) {
    this.port = port;
    this.#target = target;
  }

  /** Matches of `atMatch` so far. */
  get matches(): number {
    return this.#matches;
  }

  /** The same URL by way of this proxy. */
  urlThrough(url: string): string {
    return Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(this.port) }).href;
  }

  /** Where new connections go from now on. */
  retarget(port: number): void {
    this.#target = { ...this.#target, port };
  }

  /** Adds so many milliseconds to every chunk. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Breaks every open connection; accepts new ones. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Breaks every open connection and refuses new ones, until `restore`. */
  async refuse(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  /** Reads nothing and passes on nothing, until `restore` delivers it. No connection breaks. */
  hold(): void {
    this.#isHeld = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Reads what goes this way and discards it, until `restore`. No connection breaks. */
  swallow(direction: Direction): void {
    this.#swallowed = direction;
  }

  /** Discards for ever what the connections of now send, both ways, as if their peer had moved. New ones work. */
  silence(): void {
    this.#firstHeard = this.#connections;
  }

  /** Ends `refuse`, `hold` and `swallow`; listens on the same port. */
  async restore(): Promise<void> {
    this.#isHeld = false;
    this.#swallowed = null;
    for (const socket of this.#sockets) socket.resume();
    if (!this.#server.listening) await this.#listen();
  }

  /** Calls `act` once, when `count` more bytes have been passed on to the server. Several may be pending. */
  afterBytes(count: number, act: () => void): void {
    this.#pending.push({ at: this.#bytesToServer + count, act });
  }

  /** Acts once, at the match. */
  atMatch(match: Match, action: MatchAction): void {
    this.#match = { pattern: new PatternMatch(match), action };
  }

  /** Shows every chunk to `inspect`. */
  inspect(inspect: Inspect): void {
    this.#inspect = inspect;
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.refuse();
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  #accept(client: Socket): void {
    const upstream = connect(this.#target);
    const connection: Connection = { number: this.#connections, opening: '', client, upstream };
    this.#connections += 1;
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(from.setNoDelay(true));
      // A connection that breaks is what this is here for.
      from.on('error', () => undefined);
      from.once('close', () => {
        this.#sockets.delete(from);
        // One that was ended in order still has something to deliver.
        if (!to.writableEnded) to.destroy();
      });
      from.on('data', (chunk) => this.#receive(chunk, from === client ? 'toServer' : 'toClient', connection));
      if (this.#isHeld) from.pause();
    }
  }

  #receive(chunk: Buffer, direction: Direction, connection: Connection): void {
    if (this.#delayMs === 0) this.#pass(chunk, direction, connection);
    else setTimeout(() => this.#pass(chunk, direction, connection), this.#delayMs);
  }

  #pass(chunk: Buffer, direction: Direction, connection: Connection): void {
    if (this.#swallowed === direction || connection.number < this.#firstHeard) return;
    this.#inspect?.(chunk, direction, connection.number);
    const to = direction === 'toServer' ? connection.upstream : connection.client;
    if (to.writableEnded || to.destroyed) return;
    if (direction === 'toClient') {
      to.write(chunk);
      return;
    }
    connection.opening ||= chunk.toString('latin1', 0, 1_000);
    if (this.#actAtMatch(chunk, connection)) return;
    to.write(chunk);
    this.#countBytes(chunk.length);
  }

  /** @returns whether the chunk goes no further */
  #actAtMatch(chunk: Buffer, connection: Connection): boolean {
    const found = this.#match?.pattern.findIn(chunk, connection);
    if (!this.#match || !found) return false;
    const { action } = this.#match;
    this.#match = null;
    this.#matches += 1;
    if (action === 'swallowAnswers') {
      this.swallow('toClient');
      return false;
    }
    // Ended in order, so that the server does read what was sent before.
    connection.upstream.end(chunk.subarray(0, action === 'cutBefore' ? found.begin : found.end));
    connection.client.destroy();
    if (action === 'cutAllAfter') for (const each of this.#sockets) if (each !== connection.upstream) each.destroy();
    return true;
  }

  #countBytes(count: number): void {
    this.#bytesToServer += count;
    // One a chunk, so that two cuts break two connections.
    const due = this.#pending.findIndex(({ at }) => at <= this.#bytesToServer);
    if (due >= 0) this.#pending.splice(due, 1)[0]?.act();
  }
}

/** @param target a port of this host, or the URL of a server */
export async function startTcpProxy(target: number | string): Promise<TcpProxy> {
  const { port, hostname } = typeof target === 'string' ? new URL(target) : { port: target, hostname: '127.0.0.1' };
  const proxy = new TcpProxy(await freePort(), { port: Number(port), host: hostname });
  await proxy.restore();
  return proxy;
}
