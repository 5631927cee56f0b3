// A replica that sends to webhooks. One row is the lease of everything it sends: a thousand webhooks cost one write.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';

export const WebhookSender = defineEntity({
  name: 'WebhookSender',
  tableName: 'webhook_sender',
  properties: {
    /** A UUID that the process makes when it starts. */
    id: p.uuid().primary(),
    /** When others take over what it holds, unless it is heard of. */
    expiresAt: p.datetime().columnType('timestamptz(3)'),
  },
});

export type WebhookSender = InferEntity<typeof WebhookSender>;
