// What an idempotency key was used for. It lives exactly as long as the log row that holds its answer.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';

export const IdempotencyRecord = defineEntity({
  name: 'IdempotencyRecord',
  tableName: 'idempotency_record',
  properties: {
    tenant: p.text().primary(),
    /** The id of the transition's file, or `register`. */
    scope: p.text().primary(),
    key: p.text().primary(),
    /** SHA-256 of the request, hex: the same key with another body is a mistake, not a retry. */
    fingerprint: p.text(),
    /** The log row that is the answer: (fileId, version). */
    fileId: p.uuid(),
    version: p.integer(),
    createdAt: p.datetime().columnType('timestamptz(3)'),
  },
  indexes: [{ name: 'idempotency_record_answer', properties: ['fileId', 'version'] }],
});

export type IdempotencyRecord = InferEntity<typeof IdempotencyRecord>;
