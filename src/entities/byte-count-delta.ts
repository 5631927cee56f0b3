// What one batch did to the bytes of a tenant: only ever inserted, and folded into byte_count soon after.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';

export const ByteCountDelta = defineEntity({
  name: 'ByteCountDelta',
  tableName: 'byte_count_delta',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    tenant: p.text(),
    bytes: p.bigint('number'),
  },
});

export type ByteCountDelta = InferEntity<typeof ByteCountDelta>;
