// Builds webhooks: what the schema sees of them, and what sends.
import type { Base } from './build-base.ts';
import type { Feed } from './feed/feed.ts';
import { createNewId } from './ids.ts';
import { DeliveryRows } from './webhooks/delivery-rows.ts';
import { Senders } from './webhooks/sending/senders.ts';
import { WebhookRows } from './webhooks/webhook-rows.ts';
import { Webhooks } from './webhooks/webhooks.ts';

const newId = createNewId();

export function startSenders({ config, log, pools, metrics }: Base, feed: Feed): Senders {
  const { webhookAllow: allow, webhookTimeoutMs: timeoutMs, webhookGiveUpMs: giveUpMs } = config;
  const senders = new Senders({
    pool: pools.uploads,
    feed,
    log,
    random: Math.random,
    allow,
    timeoutMs,
    giveUpMs,
    disableAfterMs: config.webhookDisableAfterMs,
    onOutcome: (outcome, tookMs) => metrics.webhooks.countAttempt(outcome, tookMs),
  });
  feed.webhookSignals.listen(() => senders.look());
  return senders;
}

export const buildWebhooks = ({ config, log, pools }: Base, feed: Feed, senders: Senders): Webhooks =>
  new Webhooks({
    pool: pools.uploads,
    rows: new WebhookRows(pools.uploads),
    deliveries: new DeliveryRows(pools.uploads),
    feed,
    allow: config.webhookAllow,
    maxPerTenant: config.maxWebhooksPerTenant,
    newId,
    log,
    onChanged: (id) => {
      senders.noteChanged(id);
      feed.webhookSignals.announce();
    },
  });
