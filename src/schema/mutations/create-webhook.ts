// createWebhook.
import { type ChangeKind, LOGGED_CHANGES } from '../../feed/change.ts';
import { findIssues } from '../../lifecycle/input.ts';
import type { WithSecret } from '../../webhooks/webhooks.ts';
import { builder } from '../builder.ts';
import { FileChangeKindEnum, FileStateEnum, WebhookFormatEnum } from '../enums.ts';
import type { Refusal } from '../request-error.ts';
import { RequestErrorType } from '../types/errors.ts';
import { Webhook } from '../types/webhook.ts';
import { KINDS, STATES, TOO_MANY_WEBHOOKS, kindsFault, refuseCursor, statesFault } from '../webhook-input.ts';

const CreateWebhookInput = builder.inputType('CreateWebhookInput', {
  description: 'A webhook to create, for the tenant of whoever creates it.',
  fields: (t) => ({
    url: t.string({ required: true, description: 'Where to send: https, without user and password.' }),
    kinds: t.field({ type: [FileChangeKindEnum], description: `${KINDS} Default: all others.` }),
    states: t.field({ type: [FileStateEnum], description: `${STATES} Default: any.` }),
    format: t.field({ type: WebhookFormatEnum, description: 'What a message looks like. Default: STANDARD.' }),
    after: t.field({ type: 'Cursor', description: 'Send the changes after this cursor. Default: from now on.' }),
  }),
});

const CreateWebhookSuccess = builder.objectRef<WithSecret>('CreateWebhookSuccess').implement({
  description: 'The webhook was created.',
  fields: (t) => ({
    webhook: t.expose('webhook', { type: Webhook, description: 'The webhook.' }),
    secret: t.exposeString('secret', {
      description: 'What messages are signed with (Standard Webhooks). It is not shown again.',
    }),
  }),
});

const CreateWebhookResult = builder.unionType('CreateWebhookResult', {
  description: 'The webhook with its secret, or why it was not created.',
  types: [CreateWebhookSuccess, RequestErrorType],
  resolveType: (result: WithSecret | Refusal) => ('outcome' in result ? 'RequestError' : 'CreateWebhookSuccess'),
});

builder.mutationField('createWebhook', (t) =>
  t.field({
    type: CreateWebhookResult,
    description: 'Creates a webhook for the tenant: every change that matches is sent to its URL.',
    args: { input: t.arg({ type: CreateWebhookInput, required: true, description: 'The webhook to create.' }) },
    resolve: async (_root, { input }, { webhooks, principal }): Promise<WithSecret | Refusal> => {
      const { url, after = null } = input;
      const kinds = input.kinds ?? ([...LOGGED_CHANGES.kinds] as ChangeKind[]);
      const states = input.states ?? null;
      const invalid = findIssues(
        ['url', webhooks.urlFault(url)],
        ['kinds', kindsFault(kinds)],
        ['states', statesFault(states)],
      );
      if (invalid !== null) return invalid;
      const given = { url, kinds: [...new Set(kinds)], states: states === null ? null : [...new Set(states)], after };
      return await refuseCursor(
        async () =>
          (await webhooks.create(principal, { ...given, format: input.format ?? 'STANDARD' })) ?? TOO_MANY_WEBHOOKS,
      );
    },
  }),
);
