// The type ApiKey, and the list of a tenant's keys.
import { type ResolveCursorConnectionArgs, resolveCursorConnection } from '@pothos/plugin-relay';
import type { ApiKeyRecord } from '../../auth/keys/key-rows.ts';
import { builder } from '../builder.ts';
import { RoleEnum } from '../enums.ts';
import { decodeKeyCursor, encodeKeyCursor, requirePageSize } from '../paging.ts';

export const ApiKey = builder.loadableNodeRef('ApiKey', {
  id: { resolve: (key: ApiKeyRecord) => key.id },
  load: async (ids: string[], { keys, principal }): Promise<(ApiKeyRecord | null)[]> => {
    const found = await keys.findAll(principal.tenant, ids);
    const byId = new Map(found.map((key) => [key.id, key]));
    return ids.map((id) => byId.get(id) ?? null);
  },
});

builder.objectType(ApiKey, {
  description: 'An API key: a principal for machines. Its secret is shown when it is created, and nowhere else.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What people call it.' }),
    roles: t.field({ type: [RoleEnum], description: 'What it permits.', resolve: ({ roles }) => [...roles] }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it stops working; null: when it is revoked.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute; null: never.',
    }),
  }),
});

const toCursor = ({ id }: ApiKeyRecord): string => encodeKeyCursor(id);

builder.queryField('apiKeys', (t) =>
  t.connection(
    {
      type: ApiKey,
      description:
        'The API keys of the tenant that are not revoked, newest first. A page has 50 by default, at most 1000.',
      resolve: (_root, args, { keys, principal }) => {
        requirePageSize(args);
        return resolveCursorConnection(
          { args, defaultSize: 50, maxSize: 1_000, toCursor },
          async ({ after, before, limit, inverted }: ResolveCursorConnectionArgs): Promise<ApiKeyRecord[]> => {
            const bounds = {
              after: after === undefined ? null : decodeKeyCursor(after),
              before: before === undefined ? null : decodeKeyCursor(before),
            };
            return await keys.list(principal.tenant, { ...bounds, limit, fromEnd: inverted });
          },
        );
      },
    },
    { name: 'QueryApiKeysConnection', description: 'A page of API keys.' },
    { name: 'QueryApiKeysEdge', description: 'An API key and its cursor.' },
  ),
);
