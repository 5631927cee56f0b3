// Which byte store belongs to this database: one row, written at the first use of the store (src/uploads/store/identity.ts).
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';

export const StoreIdentity = defineEntity({
  name: 'StoreIdentity',
  tableName: 'store_identity',
  properties: {
    /** Always 1: a table of one row. */
    id: p.integer().primary().autoincrement(false).default(1),
    /** What the marker in the store says. */
    storeId: p.uuid(),
  },
  checks: [{ name: 'store_identity_single_row', expression: 'id = 1' }],
});

export type StoreIdentity = InferEntity<typeof StoreIdentity>;
