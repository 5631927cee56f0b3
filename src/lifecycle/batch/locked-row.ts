// The row of a file as a batch reads it when it locks it. JSON as text: nearly nothing here looks into it, and a batch of files
// may have 50 MiB of it as values (entities/json-text.ts).
import { columnsOf, selectionOf } from '../../db/columns.ts';
import { JSON_COLUMNS, type JsonColumn } from '../../entities/file-snapshot.ts';
import { File } from '../../entities/file.ts';
import { JsonText } from '../../entities/json-text.ts';
import { type StoredProcessing, fromStored } from '../../entities/processing.ts';

/** The select list of a statement that locks rows of `file`. */
export const LOCKED_COLUMNS = [
  selectionOf(columnsOf(File, ...JSON_COLUMNS), 'file'),
  ...JSON_COLUMNS.map((name) => `file.${name}::text as "${name}"`),
].join(', ');

export type LockedRow = Omit<File, JsonColumn | 'processing'> &
  Readonly<Record<JsonColumn, string>> & { readonly processing: StoredProcessing | null };

export const toFile = ({ metadata, properties, processing, ...row }: LockedRow): File => ({
  ...row,
  processing: fromStored(processing),
  metadata: new JsonText(metadata),
  properties: new JsonText(properties),
});
