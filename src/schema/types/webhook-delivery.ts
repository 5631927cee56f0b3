// The type WebhookDelivery.
import { builder } from '../builder.ts';
import { WebhookDeliveryStateEnum } from '../enums.ts';
import { encodeId } from '../../ids.ts';
import type { DeliveryRecord } from '../../webhooks/delivery-rows.ts';
import { deliveryKey } from '../../webhooks/message.ts';

/** The inverse of `deliveryKey`. */
function parseDeliveryKey(key: string): [webhookId: string, place: { position: number; fingerprint: number }] {
  const [webhookId = '', position, hex = ''] = key.split('_');
  return [webhookId, { position: Number(position), fingerprint: Number.parseInt(hex, 16) | 0 }];
}

export const WebhookDelivery = builder.loadableNodeRef('WebhookDelivery', {
  id: { resolve: (delivery: DeliveryRecord) => deliveryKey(delivery.webhookId, delivery) },
  load: (keys: string[], { webhooks, principal }): Promise<(DeliveryRecord | null)[]> =>
    Promise.all(keys.map((key) => webhooks.findDelivery(principal.tenant, ...parseDeliveryKey(key)))),
});

builder.objectType(WebhookDelivery, {
  description:
    'The delivery of a change to a webhook; its id is the `webhook-id` that the receiver is sent. Those that arrived are ' +
    'kept for a while.',
  fields: (t) => ({
    fileId: t.id({
      description: 'The id of the file, which may have been deleted since.',
      resolve: ({ fileId }) => encodeId('File', fileId),
    }),
    cursor: t.field({
      type: 'Cursor',
      description: 'The position of the change in the stream.',
      resolve: (delivery, _args, { feed }) => feed.cursorAt(delivery),
    }),
    attempts: t.exposeInt('attempts', {
      description: 'How often it was tried; 0: it waits for an earlier change of its file.',
    }),
    state: t.expose('state', { type: WebhookDeliveryStateEnum, description: 'What became of it.' }),
    status: t.exposeInt('status', {
      nullable: true,
      description: 'The HTTP status of the last answer; null: there was none.',
    }),
    error: t.exposeString('error', { nullable: true, description: 'Why the last attempt failed.' }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried again; null: not by itself, or right after the change before it.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When what became of it was first recorded.' }),
    deliveredAt: t.expose('deliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it arrived.',
    }),
  }),
});
