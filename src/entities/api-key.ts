// An API key: a principal for machines. Its secret is not here, only a digest of it.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';

export const ApiKey = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  properties: {
    /** UUIDv7; part of the key's text. */
    id: p.uuid().primary(),
    tenant: p.text(),
    name: p.text(),
    /** Names of roles (src/config-auth.ts), separated by spaces. */
    roles: p.text(),
    /** SHA-256 of the key's text, hex (src/auth/keys/key-text.ts says why that is enough). */
    digest: p.text(),
    /** Who created it: a subject. */
    createdBy: p.text(),
    createdAt: p.datetime().columnType('timestamptz(3)'),
    expiresAt: p.datetime().columnType('timestamptz(3)').nullable(),
    /** Written at most once a minute. */
    lastUsedAt: p.datetime().columnType('timestamptz(3)').nullable(),
    /** A revoked key is kept, so that the history of files can still say whose it was. */
    revokedAt: p.datetime().columnType('timestamptz(3)').nullable(),
  },
  indexes: [{ name: 'api_key_by_tenant', properties: ['tenant', 'id'] }],
  checks: [
    { name: 'api_key_digest_check', expression: `digest ~ '^[0-9a-f]{64}$'` },
    { name: 'api_key_roles_check', expression: `roles <> ''` },
  ],
});

export type ApiKey = InferEntity<typeof ApiKey>;
