// A run of bytes in the byte store. The bytes of a file are its segments in order of `start`. The row is written before
// the first byte is, and outlives the file: one without a file is what the sweep removes, so no crash orphans bytes.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { File } from './file.ts';

export const Segment = defineEntity({
  name: 'Segment',
  tableName: 'segment',
  properties: {
    /** UUIDv7, and its name in the byte store. */
    id: p.uuid().primary(),
    /** Null: the bytes are no longer needed. */
    fileId: () => p.manyToOne(File).mapToPk().fieldName('file_id').deleteRule('set null').nullable(),
    /** Where in the file it begins. */
    start: p.bigint('number'),
    /** Acknowledged bytes: durable, and never changed again. What the store has beyond them is ignored. */
    length: p.bigint('number').default(0),
    /** False once its writer has closed it: only then may another append to it (src/uploads/store/byte-store.ts). */
    open: p.boolean().default(true),
  },
  indexes: [
    { name: 'segment_by_file', properties: ['fileId', 'start'] },
    { name: 'segment_discarded', properties: ['id'], where: 'file_id is null' },
  ],
  uniques: [{ name: 'segment_place_unique', properties: ['fileId', 'start'], where: 'length > 0' }],
  checks: [{ name: 'segment_range_check', expression: 'start >= 0 and length >= 0' }],
});

export type Segment = InferEntity<typeof Segment>;
