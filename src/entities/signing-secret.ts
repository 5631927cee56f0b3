// The secrets behind signed URLs, which all replicas share. The newest signs; the one before it is still accepted.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';

export const SigningSecret = defineEntity({
  name: 'SigningSecret',
  tableName: 'signing_secret',
  properties: {
    /** 1, 2, …: part of every URL. */
    id: p.integer().primary().autoincrement(false),
    /** 256 random bits, base64url. */
    secret: p.text(),
    createdAt: p.datetime().columnType('timestamptz(3)'),
  },
  checks: [{ name: 'signing_secret_check', expression: `id > 0 and secret ~ '^[A-Za-z0-9_-]{43}$'` }],
});

export type SigningSecret = InferEntity<typeof SigningSecret>;
