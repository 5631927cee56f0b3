// Query.tenantUsage: what the tenant has, and how much it may have and do.
import type { Quotas, Usage } from '../lifecycle/usage.ts';
import { builder } from './builder.ts';

interface TenantUsage extends Usage {
  readonly quotas: Quotas;
  readonly rateLimit: number | null;
}

/** What SafeInt can say. */
const toSafe = (count: number): number => Math.min(Math.max(count, 0), Number.MAX_SAFE_INTEGER);

const TenantUsageType = builder.objectRef<TenantUsage>('TenantUsage').implement({
  description: 'What the tenant has, exact as of one moment, and what it may have.',
  fields: (t) => ({
    files: t.field({
      type: 'SafeInt',
      description: 'The number of files, in all states.',
      resolve: ({ files }) => toSafe(files),
    }),
    bytes: t.field({
      type: 'SafeInt',
      description:
        'The declared sizes of all MANAGED files together, from their registration on. A FAILED file of which no byte is ' +
        'left does not count.',
      resolve: ({ bytes }) => toSafe(bytes),
    }),
    openUploads: t.field({
      type: 'SafeInt',
      description: 'The number of files whose bytes are still to come: UNTRACKED and UPLOADING.',
      resolve: ({ openUploads }) => toSafe(openUploads),
    }),
    filesQuota: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'How many files the tenant may have; null: any number.',
      resolve: ({ quotas }) => quotas.files,
    }),
    bytesQuota: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'How many bytes the tenant may have; null: any number.',
      resolve: ({ quotas }) => quotas.bytes,
    }),
    openUploadsQuota: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'How many files may wait for their bytes; null: any number.',
      resolve: ({ quotas }) => quotas.openUploads,
    }),
    rateLimit: t.exposeInt('rateLimit', {
      nullable: true,
      description: 'How many mutations a second the tenant may send to one replica; null: any number.',
    }),
  }),
});

builder.queryField('tenantUsage', (t) =>
  t.field({
    type: TenantUsageType,
    description: 'What the tenant has, and how much it may have and do.',
    resolve: async (_root, _args, { reader, principal, tenantLimits: { quotas, rateLimit } }) => ({
      ...(await reader.readUsage(principal.tenant)),
      quotas,
      rateLimit,
    }),
  }),
);
