// A webhook: a URL that is sent the changes of a tenant, and how far that has come.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { oneOf } from './checks.ts';

export const WEBHOOK_STATES = ['ACTIVE', 'PAUSED', 'DISABLED'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

/** What a message looks like: our own envelope, or CloudEvents 1.0 in structured mode. */
export const WEBHOOK_FORMATS = ['STANDARD', 'CLOUDEVENTS'] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

export const Webhook = defineEntity({
  name: 'Webhook',
  tableName: 'webhook',
  properties: {
    /** UUIDv7. */
    id: p.uuid().primary(),
    tenant: p.text(),
    url: p.text(),
    /** Kinds of changes, separated by spaces. */
    kinds: p.text(),
    /** States after the change, separated by spaces; null: any. */
    states: p.text().nullable(),
    format: p.text().$type<WebhookFormat>(),
    state: p.text().$type<WebhookState>(),
    disabledReason: p.text().nullable(),
    /** `whsec_` and base64: what signs cannot be stored as a digest. */
    secret: p.text(),
    /** The one before the last rotation: signs too, until it ends. */
    previousSecret: p.text().nullable(),
    previousSecretUntil: p.datetime().columnType('timestamptz(3)').nullable(),
    /** The place in the feed (src/feed/place.ts) up to which every change was delivered, or has a row in webhook_delivery. */
    position: p.bigint('number'),
    fingerprint: p.integer(),
    /** The replica that sends (webhook_sender). */
    holder: p.uuid().nullable(),
    /** +1 with each holder, and with each change of the webhook: whoever has a lower one writes nothing any more. */
    epoch: p.integer(),
    /** Since when no delivery has succeeded; null: none has failed since one did. */
    failingSince: p.datetime().columnType('timestamptz(3)').nullable(),
    /** Who created it: a subject. */
    createdBy: p.text(),
    createdAt: p.datetime().columnType('timestamptz(3)'),
  },
  indexes: [
    // Without the id: on a table that looked empty it was taken for a way to the id, and read from end to end.
    { name: 'webhook_by_tenant', properties: ['tenant'] },
    { name: 'webhook_active', properties: ['holder', 'id'], where: `state = 'ACTIVE'` },
  ],
  checks: [
    { name: 'webhook_state_check', expression: oneOf('state', WEBHOOK_STATES) },
    { name: 'webhook_format_check', expression: oneOf('format', WEBHOOK_FORMATS) },
    { name: 'webhook_disabled_check', expression: `(state = 'DISABLED') = (disabled_reason is not null)` },
  ],
});

export type Webhook = InferEntity<typeof Webhook>;
