// replayWebhook.
import type { WebhookRecord } from '../../webhooks/webhook-rows.ts';
import { builder } from '../builder.ts';
import type { Refusal } from '../request-error.ts';
import { RequestErrorType } from '../types/errors.ts';
import { Webhook } from '../types/webhook.ts';
import { NO_WEBHOOK, refuseCursor, toWebhookId } from '../webhook-input.ts';

const ReplayWebhookInput = builder.inputType('ReplayWebhookInput', {
  description: 'What to send again.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the webhook.' }),
    after: t.field({
      type: 'Cursor',
      required: true,
      description: 'Send the changes after this cursor. With `Webhook.cursor`: everything that has not arrived.',
    }),
  }),
});

const ReplayWebhookSuccess = builder.objectRef<WebhookRecord>('ReplayWebhookSuccess').implement({
  description: 'The webhook is ACTIVE and begins anew after the cursor.',
  fields: (t) => ({ webhook: t.field({ type: Webhook, description: 'The webhook.', resolve: (webhook) => webhook }) }),
});

const ReplayWebhookResult = builder.unionType('ReplayWebhookResult', {
  description: 'The webhook, or why nothing is sent again.',
  types: [ReplayWebhookSuccess, RequestErrorType],
  resolveType: (result: WebhookRecord | Refusal) => ('outcome' in result ? 'RequestError' : 'ReplayWebhookSuccess'),
});

builder.mutationField('replayWebhook', (t) =>
  t.field({
    type: ReplayWebhookResult,
    description:
      'Sends everything that matches from a cursor on again, in order, with the same ids and bodies, and makes the webhook ' +
      'ACTIVE.',
    args: { input: t.arg({ type: ReplayWebhookInput, required: true, description: 'What to send again.' }) },
    resolve: async (_root, { input }, { webhooks, principal }): Promise<WebhookRecord | Refusal> => {
      const id = toWebhookId(input.id);
      if (id === null) return NO_WEBHOOK;
      return await refuseCursor(async () => (await webhooks.replay(principal, id, input.after)) ?? NO_WEBHOOK);
    },
  }),
);
