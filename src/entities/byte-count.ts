// How many bytes of a tenant are reserved or stored (src/lifecycle/reserved-bytes.ts), kept like the number of its files
// (file-count.ts). A table of its own: replicas of the version before fold the counts of files, and would drop a column.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';

export const ByteCount = defineEntity({
  name: 'ByteCount',
  tableName: 'byte_count',
  properties: {
    tenant: p.text().primary(),
    /** Without what byte_count_delta holds; it may be below zero while deltas arrive out of order. */
    bytes: p.bigint('number').default(0),
  },
});

export type ByteCount = InferEntity<typeof ByteCount>;
