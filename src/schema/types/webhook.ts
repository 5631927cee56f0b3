// The type Webhook, and the list of a tenant's webhooks.
import { type ResolveCursorConnectionArgs, resolveCursorConnection } from '@pothos/plugin-relay';
import type { ChangeKind } from '../../feed/change.ts';
import type { FileState } from '../../fsm/machine.ts';
import type { DeliveryRecord } from '../../webhooks/delivery-rows.ts';
import type { WebhookRecord } from '../../webhooks/webhook-rows.ts';
import { builder } from '../builder.ts';
import { FileChangeKindEnum, FileStateEnum, WebhookFormatEnum, WebhookStateEnum } from '../enums.ts';
import {
  decodePositionCursor,
  decodeWebhookCursor,
  encodePositionCursor,
  encodeWebhookCursor,
  requirePageSize,
} from '../paging.ts';
import { WebhookDelivery } from './webhook-delivery.ts';

export const Webhook = builder.loadableNodeRef('Webhook', {
  id: { resolve: (webhook: WebhookRecord) => webhook.id },
  load: async (ids: string[], { webhooks, principal }): Promise<(WebhookRecord | null)[]> => {
    const found = await webhooks.findAll(principal.tenant, ids);
    const byId = new Map(found.map((webhook) => [webhook.id, webhook]));
    return ids.map((id) => byId.get(id) ?? null);
  },
});

const SIZES = { defaultSize: 50, maxSize: 1_000 };

/** A bound that was given, as the list reads it. */
const bound = <Key>(cursor: string | undefined, decode: (cursor: string) => Key): Key | null =>
  cursor === undefined ? null : decode(cursor);

builder.objectType(Webhook, {
  description: 'A URL that is sent every change that it asks for: at least once, and in order for each file.',
  fields: (t) => ({
    url: t.exposeString('url', { description: 'Where messages are sent.' }),
    kinds: t.field({
      type: [FileChangeKindEnum],
      description: 'The kinds of changes that it is sent.',
      resolve: ({ kinds }) => [...kinds] as ChangeKind[],
    }),
    states: t.field({
      type: [FileStateEnum],
      nullable: true,
      description: 'It is sent changes after which the file is in one of these states; null: in any.',
      resolve: ({ states }) => (states === null ? null : ([...states] as FileState[])),
    }),
    format: t.expose('format', { type: WebhookFormatEnum, description: 'What a message looks like.' }),
    state: t.expose('state', { type: WebhookStateEnum, description: 'Whether it is sent anything.' }),
    disabledReason: t.exposeString('disabledReason', {
      nullable: true,
      description: 'Why the service has given it up; null unless it is DISABLED.',
    }),
    cursor: t.field({
      type: 'Cursor',
      description: 'Up to where everything that it asks for has been delivered. What is listed as FAILED is behind it.',
      resolve: ({ place }, _args, { feed }) => feed.cursorAt(place),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    deliveries: t.connection(
      {
        type: WebhookDelivery,
        description: 'What became of deliveries, newest first. A page has 50 by default, at most 1000.',
        resolve: ({ id }, args, { webhooks, principal }) => {
          requirePageSize(args);
          const toCursor = ({ position }: DeliveryRecord): string => encodePositionCursor(position);
          return resolveCursorConnection(
            { args, ...SIZES, toCursor },
            async ({ after, before, limit, inverted }: ResolveCursorConnectionArgs): Promise<DeliveryRecord[]> => {
              const bounds = {
                after: bound(after, decodePositionCursor),
                before: bound(before, decodePositionCursor),
              };
              return await webhooks.deliveries(principal.tenant, id, { ...bounds, limit, fromEnd: inverted });
            },
          );
        },
      },
      { name: 'WebhookDeliveriesConnection', description: 'A page of deliveries.' },
      { name: 'WebhookDeliveriesEdge', description: 'A delivery and its cursor.' },
    ),
  }),
});

builder.queryField('webhooks', (t) =>
  t.connection(
    {
      type: Webhook,
      description: 'The webhooks of the tenant, newest first. A page has 50 by default, at most 1000.',
      resolve: (_root, args, { webhooks, principal }) => {
        requirePageSize(args);
        const toCursor = ({ id }: WebhookRecord): string => encodeWebhookCursor(id);
        return resolveCursorConnection(
          { args, ...SIZES, toCursor },
          async ({ after, before, limit, inverted }: ResolveCursorConnectionArgs): Promise<WebhookRecord[]> => {
            const bounds = { after: bound(after, decodeWebhookCursor), before: bound(before, decodeWebhookCursor) };
            return await webhooks.list(principal.tenant, { ...bounds, limit, fromEnd: inverted });
          },
        );
      },
    },
    { name: 'QueryWebhooksConnection', description: 'A page of webhooks.' },
    { name: 'QueryWebhooksEdge', description: 'A webhook and its cursor.' },
  ),
);
