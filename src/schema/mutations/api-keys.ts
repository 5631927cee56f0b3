// createApiKey and revokeApiKey.
import type { CreatedKey } from '../../auth/keys/api-keys.ts';
import { nameFault } from '../../auth/names.ts';
import { decodeId } from '../../ids.ts';
import { findIssues } from '../../lifecycle/input.ts';
import { builder } from '../builder.ts';
import { RoleEnum } from '../enums.ts';
import type { Refusal } from '../request-error.ts';
import { ApiKey } from '../types/api-key.ts';
import { RequestErrorType } from '../types/errors.ts';

interface Revoked {
  /** Global. */
  readonly id: string;
}

const TOO_MANY_KEYS: Refusal = {
  outcome: 'refused',
  code: 'QUOTA_EXCEEDED',
  message: 'The tenant has as many API keys as it may have: revoke some first.',
  field: null,
};

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'An API key to create, for the tenant of whoever creates it.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What people call it: 1 to 255 characters, no control characters.' }),
    roles: t.field({ type: [RoleEnum], required: true, description: 'What it permits: at least one role.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it stops working. Default: when it is revoked.' }),
  }),
});

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'An API key to revoke.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the key.' }) }),
});

const CreateApiKeySuccess = builder.objectRef<CreatedKey>('CreateApiKeySuccess').implement({
  description: 'The key was created.',
  fields: (t) => ({
    apiKey: t.field({ type: ApiKey, description: 'The key.', resolve: ({ key }) => key }),
    secret: t.exposeString('secret', {
      description: 'What to send as `Authorization: Bearer ...`. It is shown here and nowhere else.',
    }),
  }),
});

const RevokeApiKeySuccess = builder.objectRef<Revoked>('RevokeApiKeySuccess').implement({
  description: 'The key was revoked: within 5 s nothing works with it any more, on any replica.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'The id of the key.' }) }),
});

const CreateApiKeyResult = builder.unionType('CreateApiKeyResult', {
  description: 'The result of createApiKey.',
  types: [CreateApiKeySuccess, RequestErrorType],
  resolveType: (result: CreatedKey | Refusal) => ('outcome' in result ? 'RequestError' : 'CreateApiKeySuccess'),
});

const RevokeApiKeyResult = builder.unionType('RevokeApiKeyResult', {
  description: 'The result of revokeApiKey.',
  types: [RevokeApiKeySuccess, RequestErrorType],
  resolveType: (result: Revoked | Refusal) => ('outcome' in result ? 'RequestError' : 'RevokeApiKeySuccess'),
});

builder.mutationField('createApiKey', (t) =>
  t.field({
    type: CreateApiKeyResult,
    description: 'Creates an API key for the tenant.',
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'The key to create.' }) },
    resolve: async (_root, { input }, { keys, principal }): Promise<CreatedKey | Refusal> => {
      const { name, roles, expiresAt = null } = input;
      const fault = nameFault(name);
      const invalid = findIssues(
        ['name', fault === null ? null : `name ${fault}.`],
        ['roles', roles.length === 0 ? 'roles must name at least one role.' : null],
        ['expiresAt', expiresAt !== null && keys.isPast(expiresAt) ? 'expiresAt must be in the future.' : null],
      );
      const { tenant, subject: createdBy } = principal;
      if (invalid !== null) return invalid;
      return (await keys.create({ tenant, name, roles, expiresAt, createdBy })) ?? TOO_MANY_KEYS;
    },
  }),
);

builder.mutationField('revokeApiKey', (t) =>
  t.field({
    type: RevokeApiKeyResult,
    description: 'Revokes an API key of the tenant. What was begun with it ends within 5 s.',
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'The key to revoke.' }) },
    resolve: async (_root, { input: { id } }, { keys, principal }): Promise<Revoked | Refusal> => {
      const { typename, id: keyId } = decodeId(id);
      const isRevoked = typename === 'ApiKey' && (await keys.revoke(principal, keyId));
      return isRevoked ? { id } : findIssues(['id', 'There is no such API key.'])!;
    },
  }),
);
