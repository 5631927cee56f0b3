// createWebhook, updateWebhook and deleteWebhook. run-webhooks.ts has the others.
import { type ChangeKind, LOGGED_CHANGES } from '../../feed/change.ts';
import { findIssues } from '../../lifecycle/input.ts';
import type { WebhookRecord } from '../../webhooks/webhook-rows.ts';
import type { WithSecret } from '../../webhooks/webhooks.ts';
import { builder } from '../builder.ts';
import { FileChangeKindEnum, FileStateEnum, WebhookFormatEnum, WebhookStateEnum } from '../enums.ts';
import type { Refusal } from '../request-error.ts';
import { RequestErrorType } from '../types/errors.ts';
import { Webhook } from '../types/webhook.ts';
import { NO_WEBHOOK, TOO_MANY_WEBHOOKS, kindsFault, refuseCursor, statesFault, toWebhookId } from '../webhook-input.ts';

interface Removed {
  /** Global. */
  readonly id: string;
}

const KINDS = 'Changes of these kinds. PROGRESSED is not in the change log, and is not sent.';
const STATES = 'Changes after which the file is in one of these states.';

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

const DeleteWebhookInput = builder.inputType('DeleteWebhookInput', {
  description: 'The webhook to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the webhook.' }) }),
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

const UpdateWebhookSuccess = builder.objectRef<WebhookRecord>('UpdateWebhookSuccess').implement({
  description: 'The webhook was changed.',
  fields: (t) => ({ webhook: t.field({ type: Webhook, description: 'The webhook.', resolve: (webhook) => webhook }) }),
});

const DeleteWebhookSuccess = builder.objectRef<Removed>('DeleteWebhookSuccess').implement({
  description: 'The webhook was deleted.',
  fields: (t) => ({ id: t.id({ description: 'The id of the webhook.', resolve: ({ id }) => id }) }),
});

const CreateWebhookResult = builder.unionType('CreateWebhookResult', {
  description: 'The webhook with its secret, or why it was not created.',
  types: [CreateWebhookSuccess, RequestErrorType],
  resolveType: (result: WithSecret | Refusal) => ('outcome' in result ? 'RequestError' : 'CreateWebhookSuccess'),
});

const UpdateWebhookResult = builder.unionType('UpdateWebhookResult', {
  description: 'The webhook, or why it was not changed.',
  types: [UpdateWebhookSuccess, RequestErrorType],
  resolveType: (result: WebhookRecord | Refusal) => ('outcome' in result ? 'RequestError' : 'UpdateWebhookSuccess'),
});

const DeleteWebhookResult = builder.unionType('DeleteWebhookResult', {
  description: 'The id of the webhook, or why it was not deleted.',
  types: [DeleteWebhookSuccess, RequestErrorType],
  resolveType: (result: Removed | Refusal) => ('outcome' in result ? 'RequestError' : 'DeleteWebhookSuccess'),
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
