// The Upload-Metadata header of the request that registered a file, as it was sent: `metadata` of the file keeps neither its
// order nor its spelling. A file registered in another way has no row. The row is not part of `file`, because a transition
// would read it and write it again.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { File } from './file.ts';

/** Longer headers are not kept: clients refuse them. Node and browsers take 16 KiB of headers in all. */
export const MOST_HEADER_BYTES = 8 * 1024;

export const MetadataHeader = defineEntity({
  name: 'MetadataHeader',
  tableName: 'metadata_header',
  properties: {
    fileId: () => p.oneToOne(File).mapToPk().fieldName('file_id').deleteRule('cascade').primary(),
    /** Null: written by a version that did not keep it; the tenant of the file. */
    tenant: p.text().nullable(),
    value: p.text(),
  },
  checks: [{ name: 'metadata_header_value_check', expression: `octet_length(value) <= ${MOST_HEADER_BYTES}` }],
});

export type MetadataHeader = InferEntity<typeof MetadataHeader>;
