// The delivery of one change to one webhook: those that are not done, those that were given up, and the newest of those that
// are done. What it sends is not here: it is made from the log again.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { oneOf } from './checks.ts';

export const DELIVERY_STATES = ['PENDING', 'DELIVERED', 'GIVEN_UP'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const WebhookDelivery = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_delivery',
  properties: {
    webhookId: p.uuid().primary(),
    /** The place of the change in the feed. */
    position: p.bigint('number').primary(),
    fingerprint: p.integer(),
    /** Of the webhook. */
    tenant: p.text(),
    fileId: p.uuid(),
    state: p.text().$type<DeliveryState>(),
    attempts: p.integer(),
    /** HTTP status of the last attempt; null: there was no answer. */
    status: p.integer().nullable(),
    /** Why the last attempt failed, in words. */
    error: p.text().nullable(),
    nextAttemptAt: p.datetime().columnType('timestamptz(3)').nullable(),
    createdAt: p.datetime().columnType('timestamptz(3)'),
    deliveredAt: p.datetime().columnType('timestamptz(3)').nullable(),
  },
  indexes: [
    { name: 'webhook_delivery_not_done', properties: ['webhookId', 'position'], where: `state <> 'DELIVERED'` },
  ],
  checks: [
    { name: 'webhook_delivery_state_check', expression: oneOf('state', DELIVERY_STATES) },
    { name: 'webhook_delivery_done_check', expression: `(state = 'DELIVERED') = (delivered_at is not null)` },
  ],
});

export type WebhookDelivery = InferEntity<typeof WebhookDelivery>;
