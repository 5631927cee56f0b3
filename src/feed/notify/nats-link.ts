// One connection to a NATS server, from its subscription to its end. It is not repaired: whoever uses it opens the next one.
import { type NatsConnection, connect } from '@nats-io/transport-node';
import type { NatsServers } from '../../config-notify.ts';
import { findServer } from './nats-probe.ts';

const CONNECT_TIMEOUT_MS = 3_000;
// A connection can die in silence (a firewall, a lost host, a stopped server): after two pings without an answer it is given up.
const PING_EVERY_MS = 2_000;
const UNANSWERED_PINGS = 2;
/** Sent to a server that has not yet said that it has read them. */
const MAX_WAITING_BYTES = 8 * 2 ** 20;

export interface NatsLinkOptions {
  readonly servers: NatsServers;
  /** Subjects that begin with it, and a dot, are received. */
  readonly prefix: string;
  /** @param topic what follows in the subject. Must not throw. */
  readonly onMessage: (topic: string, data: Uint8Array) => void;
  readonly stopping: AbortSignal;
}

export class NatsLink {
  readonly #connection: NatsConnection;
  readonly #prefix: string;
  #waitingBytes = 0;
  #isFlushing = false;
  #refusal: Error | undefined;

  private constructor(connection: NatsConnection, { prefix, onMessage }: NatsLinkOptions) {
    this.#connection = connection;
    this.#prefix = prefix;
    connection.subscribe(`${prefix}.*`, {
      callback: (error, message) => {
        // The client goes on without a subscription that the server does not permit.
        if (error !== null) this.#refuse(error);
        else onMessage(message.subject.slice(prefix.length + 1), message.data);
      },
    });
    void this.#watch();
  }

  /** Resolves when signals of others can no longer be missed, or with a link that has ended already. */
  static async open(options: NatsLinkOptions): Promise<NatsLink> {
    const { hosts, tls, credentials } = options.servers;
    const connection = await connect({
      name: 'waybill',
      servers: await findServer(hosts, CONNECT_TIMEOUT_MS, options.stopping),
      ...credentials,
      ...(tls ? { tls: {} } : {}),
      noEcho: true,
      reconnect: false,
      ignoreClusterUpdates: true,
      timeout: CONNECT_TIMEOUT_MS,
      pingInterval: PING_EVERY_MS,
      maxPingOut: UNANSWERED_PINGS,
    });
    const link = new NatsLink(connection, options);
    await Promise.race([connection.flush().catch(() => link.ended), link.ended]);
    return link;
  }

  /** Resolves with the reason, if there is one. */
  get ended(): Promise<Error | undefined> {
    return this.#connection.closed().then((reason) => this.#refusal ?? (reason instanceof Error ? reason : undefined));
  }

  get isOpen(): boolean {
    return !this.#connection.isClosed();
  }

  /** Of one message. */
  get maxBytes(): number {
    return this.#connection.info?.max_payload ?? 0;
  }

  /** @returns whether it was sent; not so where the server does not keep up, or no longer answers */
  publish(topic: string, data: Uint8Array): boolean {
    if (!this.isOpen || data.length > this.maxBytes || this.#waitingBytes > MAX_WAITING_BYTES) return false;
    this.#connection.publish(`${this.#prefix}.${topic}`, data);
    this.#waitingBytes += data.length;
    if (!this.#isFlushing) void this.#flush();
    return true;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** The answer comes behind all that was sent before: the server has read that. */
  async #flush(): Promise<void> {
    this.#isFlushing = true;
    const sent = this.#waitingBytes;
    await this.#connection.flush().catch(() => undefined); // it has ended
    this.#waitingBytes -= sent;
    this.#isFlushing = false;
    if (this.#waitingBytes > 0 && this.isOpen) void this.#flush();
  }

  /** The client would wait until what it has written was read before it breaks off, which may be never. */
  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'staleConnection') this.#refuse(new Error('the server no longer answers'));
    }
  }

  #refuse(error: Error): void {
    this.#refusal = error;
    void this.close();
  }
}
