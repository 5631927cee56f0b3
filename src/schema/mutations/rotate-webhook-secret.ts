// rotateWebhookSecret.
import type { WithSecret } from '../../webhooks/webhooks.ts';
import { builder } from '../builder.ts';
import type { Refusal } from '../request-error.ts';
import { RequestErrorType } from '../types/errors.ts';
import { Webhook } from '../types/webhook.ts';
import { NO_WEBHOOK, toWebhookId } from '../webhook-input.ts';

const RotateWebhookSecretInput = builder.inputType('RotateWebhookSecretInput', {
  description: 'The webhook to give a new secret.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the webhook.' }) }),
});

const RotateWebhookSecretSuccess = builder.objectRef<WithSecret>('RotateWebhookSecretSuccess').implement({
  description: 'The webhook has a new secret.',
  fields: (t) => ({
    webhook: t.expose('webhook', { type: Webhook, description: 'The webhook.' }),
    secret: t.exposeString('secret', {
      description: 'The new secret. It is not shown again. For a day messages are signed with the one before it too.',
    }),
  }),
});

const RotateWebhookSecretResult = builder.unionType('RotateWebhookSecretResult', {
  description: 'The new secret, or why there is none.',
  types: [RotateWebhookSecretSuccess, RequestErrorType],
  resolveType: (result: WithSecret | Refusal) => ('outcome' in result ? 'RequestError' : 'RotateWebhookSecretSuccess'),
});

builder.mutationField('rotateWebhookSecret', (t) =>
  t.field({
    type: RotateWebhookSecretResult,
    description: 'Gives a webhook a new secret.',
    args: { input: t.arg({ type: RotateWebhookSecretInput, required: true, description: 'The webhook.' }) },
    resolve: async (_root, { input }, { webhooks, principal }): Promise<WithSecret | Refusal> => {
      const id = toWebhookId(input.id);
      return (id === null ? null : await webhooks.rotateSecret(principal, id)) ?? NO_WEBHOOK;
    },
  }),
);
