// Settings of webhooks: where they may send, and how long they try. README.md lists them; docs/webhooks.md explains them.
import { BlockList } from 'node:net';
import { type Variable, duration, parseInteger, parseRanges } from './config-values.ts';

export interface WebhooksConfig {
  /** Private addresses that webhooks may reach; with http too. */
  readonly webhookAllow: BlockList;
  /** How long a receiver may take to answer. */
  readonly webhookTimeoutMs: number;
  /** How long one change is tried. */
  readonly webhookGiveUpMs: number;
  /** How long a webhook may fail without a success before it is disabled. */
  readonly webhookDisableAfterMs: number;
  readonly maxWebhooksPerTenant: number;
}

export const WEBHOOK_VARIABLES = {
  webhookAllow: {
    name: 'WAYBILL_WEBHOOK_ALLOW',
    allowed: 'address ranges such as 10.0.0.0/8, separated by commas',
    parse: parseRanges,
  },
  webhookTimeoutMs: { name: 'WAYBILL_WEBHOOK_TIMEOUT', ...duration },
  webhookGiveUpMs: { name: 'WAYBILL_WEBHOOK_GIVE_UP', ...duration },
  webhookDisableAfterMs: { name: 'WAYBILL_WEBHOOK_DISABLE_AFTER', ...duration },
  maxWebhooksPerTenant: {
    name: 'WAYBILL_MAX_WEBHOOKS_PER_TENANT',
    allowed: 'an integer from 1 to 1000000',
    parse: parseInteger(1, 1_000_000),
  },
} as const satisfies Readonly<Record<keyof WebhooksConfig, Variable<unknown>>>;

type Get = <Value>(variable: Variable<Value>) => Value | undefined;

export function readWebhooksConfig(get: Get): WebhooksConfig {
  return {
    webhookAllow: get(WEBHOOK_VARIABLES.webhookAllow) ?? new BlockList(),
    webhookTimeoutMs: get(WEBHOOK_VARIABLES.webhookTimeoutMs) ?? 1e4,
    webhookGiveUpMs: get(WEBHOOK_VARIABLES.webhookGiveUpMs) ?? 864e5,
    webhookDisableAfterMs: get(WEBHOOK_VARIABLES.webhookDisableAfterMs) ?? 3 * 864e5,
    maxWebhooksPerTenant: get(WEBHOOK_VARIABLES.maxWebhooksPerTenant) ?? 50,
  };
}
