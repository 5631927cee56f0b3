// What never changes of a file after its registration, in a row of its own with the indexes that lists filter and sort by.
// In the file's own row each of these indexes would get a new entry with every transition (docs/adr/0014). A trigger of
// `file` writes the row, so that every replica does, whatever its version.
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { File } from './file.ts';

/** What metadata conditions are tested against, with the tenant in it: one index then serves a filter within a tenant. */
export interface FileLabels {
  readonly tenant: string;
  readonly contentType: string;
  readonly metadata: Record<string, unknown>;
}

export const FileAttributes = defineEntity({
  name: 'FileAttributes',
  tableName: 'file_attributes',
  properties: {
    fileId: () => p.oneToOne(File).mapToPk().fieldName('file_id').deleteRule('cascade').primary(),
    tenant: p.text(),
    /** For `nameContains`; its index is made where pg_trgm can be (src/db/name-index.ts). */
    name: p.text(),
    createdAt: p.datetime().columnType('timestamptz(3)'),
    /** The first 256 characters, so that an index entry fits on a page; by code points, the same in every database. */
    sortName: p.text().collation('C'),
    /** -1 while it is not known (EXTERNAL only). */
    sortSize: p.bigint('number'),
    labels: p.json<FileLabels>(),
  },
  indexes: [
    { name: 'file_attributes_by_creation', properties: ['tenant', 'createdAt', 'fileId'] },
    { name: 'file_attributes_by_name', properties: ['tenant', 'sortName', 'fileId'] },
    { name: 'file_attributes_by_size', properties: ['tenant', 'sortSize', 'fileId'] },
    {
      name: 'file_attributes_labels',
      expression: 'create index "file_attributes_labels" on "file_attributes" using gin ("labels" jsonb_path_ops)',
    },
  ],
});

export type FileAttributes = InferEntity<typeof FileAttributes>;
