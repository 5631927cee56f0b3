// Signals over NATS (https://docs.nats.io/nats-concepts/core-nats). They carry changes, so that the other replicas need not read
// them, and are sealed, so that no other client of the server can read or make them (seal.ts). While there is no connection nothing
// is signalled, and replicas ask the database as often as without NATS.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { NatsServers } from '../../config-notify.ts';
import type { Logger } from '../../log.ts';
import { parseSignal, printSignal } from './feed-signal.ts';
import { NatsLink } from './nats-link.ts';
import type { FeedSignal, Notifier, OpenNotifier, SignalHandler } from './notifier.ts';
import { SEAL_BYTES, type Seal, readSeal } from './seal.ts';

export interface NatsNotifierOptions {
  readonly servers: NatsServers;
  /** Has what signals are sealed with. */
  readonly pool: Pool;
  readonly log: Logger;
}

/** The last part of a subject. */
const FEED = 'feed';
const PROGRESS = 'progress';
const WEBHOOKS = 'webhooks';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/** Between two times that the seal is read because it may have changed. */
const READ_SEAL_EVERY_MS = 1_000;
/** Of changes in one signal. More is read from the database, by those who need it. */
const MAX_BYTES = 256 * 2 ** 10;

export const natsNotifier =
  (options: NatsNotifierOptions): OpenNotifier =>
  (handler) =>
    new NatsNotifier(options, handler);

interface Session {
  readonly link: NatsLink;
  seal: Seal;
}

class NatsNotifier implements Notifier {
  readonly isInCommit = false;
  readonly #options: NatsNotifierOptions;
  readonly #handler: SignalHandler;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  /** Null while signals are lost. */
  #session: Session | null = null;
  #isTold = false;
  /** The connection was closed by this replica, to begin anew. */
  #isRestarting = false;
  #refused = 0;
  #sealReadAt = 0;
  #renewal: NodeJS.Timeout | undefined;
  readonly #onConnect = (): void => this.#renewSoon();

  constructor(options: NatsNotifierOptions, handler: SignalHandler) {
    this.#options = options;
    this.#handler = handler;
    // It may lead to another server than those before it.
    options.pool.on('connect', this.#onConnect);
    this.#loop = this.#run();
  }

  get isConnected(): boolean {
    return this.#session !== null;
  }

  get carriesChanges(): boolean {
    return this.isConnected;
  }

  get refused(): number {
    return this.#refused;
  }

  announce(signal: FeedSignal): void {
    const maxBytes = Math.min(MAX_BYTES, (this.#session?.link.maxBytes ?? 0) - SEAL_BYTES);
    if (this.#session !== null) this.#publish(this.#session, FEED, printSignal(signal, maxBytes));
  }

  publishProgress(payload: string): Promise<void> {
    if (this.#session !== null) this.#publish(this.#session, PROGRESS, Buffer.from(payload));
    return Promise.resolve();
  }

  publishWebhooks(): Promise<void> {
    if (this.#session !== null) this.#publish(this.#session, WEBHOOKS, Buffer.alloc(0));
    return Promise.resolve();
  }

  /** Signals are believed again once the database has said what it is now. */
  restart(): void {
    void this.#session?.link.close();
    this.#session = null;
    this.#isRestarting = true;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#options.pool.off('connect', this.#onConnect);
    clearTimeout(this.#renewal);
    await this.#session?.link.close();
    await this.#loop;
  }

  #publish({ link, seal }: Session, topic: string, text: Buffer): void {
    link.publish(topic, seal.close(topic, text));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const reason = await this.#listen().catch((error: unknown) => error);
      this.#session = null;
      if (signal.aborted) return;
      if (!this.#isRestarting) this.#tellLoss(reason);
      this.#isRestarting = false;
      const wasOpen = performance.now() - startedAt > LONGEST_PAUSE_MS;
      pauseMs = wasOpen ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Resolves with the reason when the connection has ended. */
  async #listen(): Promise<unknown> {
    const { pool, servers } = this.#options;
    const seal = await this.#readSeal(pool);
    const link = await NatsLink.open({
      servers,
      prefix: `waybill.${seal.feedId}`,
      onMessage: (topic, data) => this.#receive(topic, data),
      stopping: this.#stopping.signal,
    });
    if (!link.isOpen || this.#stopping.signal.aborted) {
      await link.close();
      return await link.ended;
    }
    this.#session = { link, seal };
    this.#tellConnection();
    this.#handler.onMissed();
    return await link.ended;
  }

  #receive(topic: string, data: Uint8Array): void {
    if (this.#session === null) return; // what is missed is read
    const text = this.#session.seal.open(topic, data);
    if (text === null) return this.#refuse();
    if (topic === PROGRESS) return this.#handler.onProgress(text);
    if (topic === WEBHOOKS) return this.#handler.onWebhooks();
    const signal = topic === FEED ? parseSignal(text) : null;
    if (signal === null) this.#refused += 1;
    else this.#handler.onSequenced(signal);
  }

  /** Of a stranger, or sealed with what this replica has not read yet: a new secret, a database that was started again. */
  #refuse(): void {
    this.#refused += 1;
    this.#renewSoon();
  }

  #renewSoon(): void {
    if (this.#renewal !== undefined || this.#session === null || this.#stopping.signal.aborted) return;
    const early = Math.max(0, this.#sealReadAt + READ_SEAL_EVERY_MS - performance.now());
    this.#renewal = setTimeout(() => {
      this.#renewal = undefined;
      this.#renew().catch((error: unknown) =>
        this.#options.log.debug({ err: error }, 'the seal of signals was not read'),
      );
    }, early);
  }

  async #renew(): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    const seal = await this.#readSeal(this.#options.pool);
    if (this.#session !== session || seal.isSame(session.seal)) return;
    if (seal.feedId === session.seal.feedId) session.seal = seal;
    else this.restart();
    this.#handler.onMissed();
  }

  async #readSeal(pool: Pool): Promise<Seal> {
    this.#sealReadAt = performance.now();
    return await readSeal(pool);
  }

  /** Once: it is tried again every few seconds. Nothing of the URL is in the reason, which may hold a password. */
  #tellLoss(reason: unknown): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const { hosts } = this.#options.servers;
    this.#options.log.warn(
      { hosts, reason: reason instanceof Error ? reason.message : 'the connection ended' },
      'no connection to NATS: changes of other replicas are found by polling until there is one',
    );
  }

  #tellConnection(): void {
    this.#isTold = false;
    this.#options.log.info({ hosts: this.#options.servers.hosts }, 'signals between replicas go over NATS');
  }
}
