// The advisory locks this program takes in its database, in one list so that no two share a key.

/** Keys in the single-bigint space; the high digits spell the program so that others' locks are unlikely to collide. */
export const ADVISORY_LOCKS = {
  migrate: '8720190000000001',
  sequencer: '8720190000000002',
  retention: '8720190000000003',
  recount: '8720190000000004',
  foldCounts: '8720190000000005',
} as const;

/** First keys in the space of two integers; the second is the hash of a tenant. */
export const TENANT_LOCKS = {
  quota: 872_019_001,
  apiKeys: 872_019_002,
  webhooks: 872_019_003,
} as const;
