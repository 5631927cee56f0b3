// What a replica needs to send to webhooks, without the rest of its program: its feed, and what is on the pool.
import { BlockList } from 'node:net';
import type { Pool } from 'pg';
import { LOCAL_PRINCIPAL } from '../../src/auth/principal.ts';
import { LOGGED_CHANGES, type ChangeKind } from '../../src/feed/change.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { createNewId } from '../../src/ids.ts';
import { createLogger } from '../../src/log.ts';
import { DeliveryRows } from '../../src/webhooks/delivery-rows.ts';
import { Senders, type SendersOptions } from '../../src/webhooks/sending/senders.ts';
import { type WebhookRecord, WebhookRows } from '../../src/webhooks/webhook-rows.ts';
import { Webhooks } from '../../src/webhooks/webhooks.ts';
import { startFeed } from './feed.ts';
import { openPool } from './pool.ts';
import { until } from './until.ts';

export interface SendingReplica {
  readonly pool: Pool;
  readonly feed: Feed;
  readonly webhooks: Webhooks;
  readonly senders: Senders;
  /** Of the tenant `local`, of every change from a cursor on; left out: from now on. */
  create(url: string, after?: string): Promise<string>;
  find(id: string): Promise<WebhookRecord>;
  /** Idempotent. */
  stop(): Promise<void>;
}

const log = createLogger('silent');
const newId = createNewId();

/** A round every tenth of a second and no wait before the next attempt, unless the options say otherwise. */
export async function startSendingReplica(
  databaseUrl: string,
  options: Partial<SendersOptions> = {},
): Promise<SendingReplica> {
  const pool = openPool(databaseUrl, 8);
  const feed = await startFeed(pool, databaseUrl);
  const allow = new BlockList();
  allow.addSubnet('127.0.0.0', 8);
  const senders = new Senders({
    pool,
    feed,
    log,
    random: () => 0,
    allow,
    timeoutMs: 60_000,
    giveUpMs: 864e5,
    disableAfterMs: 864e5,
    onOutcome: () => undefined,
    leaseMs: 60_000,
    roundMs: 100,
    ...options,
  });
  feed.webhookSignals.listen(() => senders.look());
  const webhooks = new Webhooks({
    pool,
    rows: new WebhookRows(pool),
    deliveries: new DeliveryRows(pool),
    feed,
    allow,
    maxPerTenant: 50,
    newId,
    log,
    onChanged: (id) => {
      senders.noteChanged(id);
      feed.webhookSignals.announce();
    },
  });
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await senders.stop();
    await feed.stop();
    await pool.end();
  };
  const kinds = [...LOGGED_CHANGES.kinds] as ChangeKind[];
  await until(() => feed.gauges.signals.isConnected, Boolean);
  return {
    pool,
    feed,
    webhooks,
    senders,
    create: async (url, after) => {
      const input = { url, kinds, states: null, format: 'STANDARD', after: after ?? null } as const;
      return (await webhooks.create(LOCAL_PRINCIPAL, input))!.webhook.id;
    },
    find: async (id) => (await webhooks.findAll('local', [id]))[0]!,
    stop: () => (stopped ??= stop()),
  };
}
