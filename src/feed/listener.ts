// LISTEN on a direct connection of its own (a transaction-mode pooler would swallow it), kept up: whatever breaks it, it
// comes back, and says so, because what was notified meanwhile is lost and has to be read again.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from '../log.ts';

export interface ListenerOptions {
  readonly url: string;
  readonly log: Logger;
  readonly channels: readonly string[];
  readonly onMessage: (channel: string, payload: string) => void;
  /** Listening, for the first time or again. */
  readonly onListening: () => void;
}

const RETRY_MS = 250;
// A connection that died without a word (a firewall, a host gone) is found out by asking.
const CHECK_EVERY_MS = 5_000;
const CHECK_TIMEOUT_MS = 3_000;

export class Listener {
  readonly #options: ListenerOptions;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { log } = this.#options;
    while (!signal.aborted) {
      await this.#listen().catch((error: unknown) => log.warn({ err: error }, 'the LISTEN connection was lost'));
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Resolves or rejects when the connection is over. */
  async #listen(): Promise<void> {
    const { url, channels, onMessage, onListening } = this.#options;
    const client = new Client({
      connectionString: url,
      application_name: 'waybill-listen',
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
    client.on('notification', ({ channel, payload = '' }) => onMessage(channel, payload));
    try {
      await client.connect();
      for (const channel of channels) await client.query(`listen ${channel}`);
      onListening();
      await this.#watch(client, ended);
    } finally {
      await Promise.race([client.end(), sleep(RETRY_MS)]).catch(() => undefined);
    }
  }

  /** Asks now and then whether the connection still answers, until it is over or no longer wanted. */
  async #watch(client: Client, ended: Promise<void>): Promise<void> {
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
