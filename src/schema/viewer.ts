// Query.viewer: who one is.
import type { Principal } from '../auth/principal.ts';
import { builder } from './builder.ts';
import { RoleEnum } from './enums.ts';

const Viewer = builder.objectRef<Principal>('Viewer').implement({
  description: 'Who makes the request.',
  fields: (t) => ({
    subject: t.exposeString('subject', { description: 'The name under which transitions are recorded (`actor`).' }),
    tenant: t.exposeString('tenant', { description: 'The tenant, whose files are all that the request can see.' }),
    roles: t.field({ type: [RoleEnum], description: 'What is permitted.', resolve: ({ roles }) => [...roles] }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the token or API key expires; null: never.',
      resolve: ({ expiresAt }) => (expiresAt === undefined ? null : new Date(expiresAt).toISOString()),
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    description: 'Who makes the request.',
    resolve: (_root, _args, { principal }) => principal,
  }),
);
