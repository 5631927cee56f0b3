// Signals by NOTIFY and LISTEN. LISTEN has a direct connection of its own, because a transaction-mode pooler would
// swallow it, and reconnects whenever that breaks.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Pool } from 'pg';
import { createClient } from '../../db/client.ts';
import { setUpSession } from '../../db/session.ts';
import type { Logger } from '../../log.ts';
import { FEED_CHANNEL, PROGRESS_CHANNEL, WEBHOOKS_CHANNEL } from './channels.ts';
import { parseHead } from './feed-signal.ts';
import type { Notifier, OpenNotifier, SignalHandler } from './notifier.ts';

export interface PostgresNotifierOptions {
  /** For NOTIFY. */
  readonly pool: Pool;
  /** A direct connection to the same database, for LISTEN. */
  readonly listenUrl: string;
  readonly log: Logger;
}

export const postgresNotifier =
  (options: PostgresNotifierOptions): OpenNotifier =>
  (handler) =>
    new PostgresNotifier(options, handler);

const CHANNELS = [FEED_CHANNEL, PROGRESS_CHANNEL, WEBHOOKS_CHANNEL];
const RETRY_MS = 250;
// A connection can die in silence (a firewall, a lost host): a query finds out.
const CHECK_EVERY_MS = 5_000;
const CHECK_TIMEOUT_MS = 3_000;

class PostgresNotifier implements Notifier {
  readonly isInCommit = true;
  readonly carriesChanges = false;
  readonly #options: PostgresNotifierOptions;
  readonly #handler: SignalHandler;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  #isConnected = false;
  #refused = 0;

  constructor(options: PostgresNotifierOptions, handler: SignalHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#loop = this.#run();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  get refused(): number {
    return this.#refused;
  }

  announce(): void {
    // The sequencer's statement has.
  }

  restart(): void {
    // What has been received so far were positions: what stands there is read.
  }

  async publishProgress(payload: string): Promise<void> {
    await this.#options.pool.query('select pg_notify($1, $2)', [PROGRESS_CHANNEL, payload]);
  }

  async publishWebhooks(): Promise<void> {
    await this.#options.pool.query(`notify ${WEBHOOKS_CHANNEL}`);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { log } = this.#options;
    while (!signal.aborted) {
      await this.#listen().catch((error: unknown) =>
        log.warn({ err: error }, 'the LISTEN connection was lost; reconnecting'),
      );
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Resolves or rejects when the connection has ended. */
  async #listen(): Promise<void> {
    const client = createClient(this.#options.listenUrl, 'listen', {
      connectionTimeoutMillis: CHECK_TIMEOUT_MS,
      query_timeout: CHECK_TIMEOUT_MS,
      keepAlive: true,
    });
    const ended = new Promise<void>((resolve, reject) => {
      client.once('error', reject);
      client.once('end', resolve);
    });
    // Handled below; without this, an end before that is an unhandled rejection.
    ended.catch(() => undefined);
    client.on('notification', ({ channel, payload = '' }) => this.#receive(channel, payload));
    try {
      await client.connect();
      await setUpSession(client, this.#options.listenUrl);
      for (const channel of CHANNELS) await client.query(`listen ${channel}`);
      this.#isConnected = true;
      this.#handler.onMissed();
      await this.#check(client, ended);
    } finally {
      this.#isConnected = false;
      await Promise.race([client.end(), sleep(RETRY_MS)]).catch(() => undefined);
    }
  }

  /** Whoever may connect to the database may notify. */
  #receive(channel: string, payload: string): void {
    if (channel === PROGRESS_CHANNEL) return this.#handler.onProgress(payload);
    if (channel === WEBHOOKS_CHANNEL) return this.#handler.onWebhooks();
    const head = parseHead(payload);
    if (head === null) this.#refused += 1;
    else this.#handler.onSequenced({ head, batch: null });
  }

  /** Checks every few seconds that the connection still answers, until it ends or the notifier stops. */
  async #check(client: Client, ended: Promise<void>): Promise<void> {
    const over = new AbortController();
    const end = ended.finally(() => over.abort());
    const signal = AbortSignal.any([this.#stopping.signal, over.signal]);
    for (;;) {
      const pause = sleep(CHECK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      await Promise.race([end, pause]);
      if (signal.aborted) return;
      await client.query('select 1');
    }
  }
}
