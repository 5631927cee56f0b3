// updateWebhook.
import { findIssues } from '../../lifecycle/input.ts';
import type { WebhookRecord } from '../../webhooks/webhook-rows.ts';
import { builder } from '../builder.ts';
import { FileChangeKindEnum, FileStateEnum, WebhookFormatEnum, WebhookStateEnum } from '../enums.ts';
import type { Refusal } from '../request-error.ts';
import { RequestErrorType } from '../types/errors.ts';
import { Webhook } from '../types/webhook.ts';
import { KINDS, NO_WEBHOOK, STATES, kindsFault, statesFault, toWebhookId } from '../webhook-input.ts';

const UpdateWebhookInput = builder.inputType('UpdateWebhookInput', {
  description: 'What to change of a webhook. What is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the webhook.' }),
    url: t.string({ description: 'Where to send: https, without user and password.' }),
    kinds: t.field({ type: [FileChangeKindEnum], description: KINDS }),
    states: t.field({ type: [FileStateEnum], description: `${STATES} null: any.` }),
    format: t.field({ type: WebhookFormatEnum, description: 'What a message looks like.' }),
    state: t.field({ type: WebhookStateEnum, description: 'ACTIVE or PAUSED.' }),
  }),
});

const UpdateWebhookSuccess = builder.objectRef<WebhookRecord>('UpdateWebhookSuccess').implement({
  description: 'The webhook was changed.',
  fields: (t) => ({ webhook: t.field({ type: Webhook, description: 'The webhook.', resolve: (webhook) => webhook }) }),
});

const UpdateWebhookResult = builder.unionType('UpdateWebhookResult', {
  description: 'The webhook, or why it was not changed.',
  types: [UpdateWebhookSuccess, RequestErrorType],
  resolveType: (result: WebhookRecord | Refusal) => ('outcome' in result ? 'RequestError' : 'UpdateWebhookSuccess'),
});

builder.mutationField('updateWebhook', (t) =>
  t.field({
    type: UpdateWebhookResult,
    description: 'Changes a webhook. It goes on from where it was.',
    args: { input: t.arg({ type: UpdateWebhookInput, required: true, description: 'What to change.' }) },
    resolve: async (_root, { input }, { webhooks, principal }): Promise<WebhookRecord | Refusal> => {
      const { url, kinds, states, format, state } = input;
      const id = toWebhookId(input.id);
      const invalid = findIssues(
        ['url', url == null ? null : webhooks.urlFault(url)],
        ['kinds', kinds == null ? null : kindsFault(kinds)],
        ['states', statesFault(states ?? null)],
        ['state', state === 'DISABLED' ? 'state must be ACTIVE or PAUSED.' : null],
      );
      if (invalid !== null) return invalid;
      const changes = {
        url: url ?? undefined,
        kinds: kinds ?? undefined,
        states,
        format: format ?? undefined,
        state: state === 'DISABLED' ? undefined : (state ?? undefined),
      };
      return (id === null ? null : await webhooks.update(principal, id, changes)) ?? NO_WEBHOOK;
    },
  }),
);
