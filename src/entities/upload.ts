// The write side of a MANAGED file's bytes: who may write now, and how far a resumable digest has come. One row for each
// file that has ever been written to; it goes with the file.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { File } from './file.ts';

export const Upload = defineEntity({
  name: 'Upload',
  tableName: 'upload',
  properties: {
    /** A foreign key that goes with the file, mapped to the plain id. */
    fileId: () => p.oneToOne(File).mapToPk().fieldName('file_id').deleteRule('cascade').primary(),
    /** Counts the writers: +1 with each lease. A writer with an older epoch stores nothing. */
    epoch: p.integer().default(0),
    /** Until when the writer of this epoch may write, by the database's clock; null: it has released the lease. */
    leaseUntil: p.datetime().columnType('timestamptz(3)').nullable(),
    /** Another request asks the writer to release the lease. */
    releaseWanted: p.boolean().default(false),
    /** State of a SHA-256 over the first `digestOffset` bytes, base64 (src/uploads/digest/digest.ts); null: none was kept. */
    digestState: p.text().nullable(),
    digestOffset: p.bigint('number').default(0),
  },
  checks: [
    { name: 'upload_epoch_check', expression: 'epoch >= 0' },
    { name: 'upload_digest_check', expression: '(digest_state is null) = (digest_offset = 0) and digest_offset >= 0' },
  ],
});

export type Upload = InferEntity<typeof Upload>;
