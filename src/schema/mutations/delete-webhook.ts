// deleteWebhook.
import { builder } from '../builder.ts';
import type { Refusal } from '../request-error.ts';
import { RequestErrorType } from '../types/errors.ts';
import { NO_WEBHOOK, toWebhookId } from '../webhook-input.ts';

interface Removed {
  /** Global. */
  readonly id: string;
}

const DeleteWebhookInput = builder.inputType('DeleteWebhookInput', {
  description: 'The webhook to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the webhook.' }) }),
});

const DeleteWebhookSuccess = builder.objectRef<Removed>('DeleteWebhookSuccess').implement({
  description: 'The webhook was deleted.',
  fields: (t) => ({ id: t.id({ description: 'The id of the webhook.', resolve: ({ id }) => id }) }),
});

const DeleteWebhookResult = builder.unionType('DeleteWebhookResult', {
  description: 'The id of the webhook, or why it was not deleted.',
  types: [DeleteWebhookSuccess, RequestErrorType],
  resolveType: (result: Removed | Refusal) => ('outcome' in result ? 'RequestError' : 'DeleteWebhookSuccess'),
});

builder.mutationField('deleteWebhook', (t) =>
  t.field({
    type: DeleteWebhookResult,
    description: 'Deletes a webhook. What is on its way may still arrive.',
    args: { input: t.arg({ type: DeleteWebhookInput, required: true, description: 'The webhook to delete.' }) },
    resolve: async (_root, { input }, { webhooks, principal }): Promise<Removed | Refusal> => {
      const id = toWebhookId(input.id);
      const isDeleted = id !== null && (await webhooks.delete(principal, id));
      return isDeleted ? { id: input.id } : NO_WEBHOOK;
    },
  }),
);
