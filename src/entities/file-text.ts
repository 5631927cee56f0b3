// The text found in a file, for search (src/search/). A worker writes it under the token of its lease, in a statement of its
// own; the batch that moves the file to INDEXED makes the row of that token live, and what takes the file out of INDEXED
// takes the text with it (src/lifecycle/batch/text-writes.ts).
import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { File } from './file.ts';

/** Bytes of UTF-8. What is longer is cut. */
export const MOST_TEXT_BYTES = 2 ** 20;

export const FileText = defineEntity({
  name: 'FileText',
  tableName: 'file_text',
  properties: {
    fileId: () => p.manyToOne(File).mapToPk().fieldName('file_id').deleteRule('cascade').primary(),
    /** Of the lease under which the text was found. */
    token: p.uuid().primary(),
    tenant: p.text(),
    /** The text search configuration that `tsv` was made with. */
    language: p.text(),
    text: p.text(),
    /** The words of the text, weight D, and those of the file's name, weight A: folded as src/search/fold.ts does. */
    tsv: p.string().columnType('tsvector'),
    /**
     * Whether searches find it. In no index, nor in the condition of one: only then the update that sets it leaves the
     * indexes alone (https://www.postgresql.org/docs/current/storage-hot.html).
     */
    indexed: p.boolean().default(false),
    createdAt: p.datetime().columnType('timestamptz(3)'),
  },
  indexes: [
    { name: 'file_text_by_language', properties: ['tenant', 'language', 'fileId'] },
    {
      // With the tenant in it, so that the texts of others cost nothing; as an array, because GIN has no plain text. A
      // list of pending entries would make searches slower and slower where nobody vacuums.
      name: 'file_text_words',
      expression: `create index "file_text_words" on "file_text" using gin ((array["tenant" || ' ' || "language"]), "tsv") with (fastupdate = off)`,
    },
  ],
  checks: [{ name: 'file_text_size_check', expression: `octet_length(text) <= ${MOST_TEXT_BYTES}` }],
});

export type FileText = InferEntity<typeof FileText>;
