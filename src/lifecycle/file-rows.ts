// Files as rows, for whoever only reads: an entity would be compared with a copy of itself, and changes nothing here. Times
// come as clients see them, JSON of any size as text, and only if it is wanted.
import { columnsOf, selectionOf } from '../db/columns.ts';
import type { Statement } from '../db/connection.ts';
import { JSON_COLUMNS, type JsonColumn, type ListedFile, snapshotOf } from '../entities/file-snapshot.ts';
import { File } from '../entities/file.ts';
import { JsonText } from '../entities/json-text.ts';

/** The columns of JSON that a read is to have. */
export type WantedJson = ReadonlySet<JsonColumn>;

export const ALL_JSON: WantedJson = new Set(JSON_COLUMNS);

type Unread = 'tenant' | 'digestDeclared' | 'queue';
type Times = 'createdAt' | 'updatedAt' | 'dueAt' | 'claimableAt';

/** Read it with TYPES_AS_TEXT. */
export type FileRow = Omit<File, Unread | Times | JsonColumn> & { readonly [Column in JsonColumn]?: string | null } & {
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly dueAt: string | null;
  readonly claimableAt: string | null;
};

const WITHOUT_JSON = columnsOf(File, 'tenant', 'digestDeclared', 'queue', ...JSON_COLUMNS);

/** The select list of a statement, without JSON. */
export const selectPlain = (table: string): string => selectionOf(WITHOUT_JSON, table);

/** The select list of a statement in which the file is `f`. */
export const selectFile = (json: WantedJson): string =>
  [selectPlain('f'), ...Array.from(json, (column) => `f.${column}::text as "${column}"`)].join(', ');

const textOf = (json: string | null | undefined): JsonText | null => (json == null ? null : new JsonText(json));

export function toListed(row: FileRow): ListedFile {
  // Not by spreading: a page of 1,000 has 18,000 values.
  const shown = row as Omit<FileRow, JsonColumn> & Record<JsonColumn, JsonText | null>;
  shown.metadata = textOf(row.metadata);
  shown.properties = textOf(row.properties);
  return snapshotOf(shown);
}

/** For the name of a statement: one for each set. */
export const nameOf = (json: WantedJson): string => JSON_COLUMNS.filter((column) => json.has(column)).join('_');

const byIds = new Map<string, Statement>();

/** Of a tenant, $2, the files that are in a list, $1, in any order. */
export function selectByIds(json: WantedJson): Statement {
  const name = `waybill_files_by_id_${nameOf(json)}`;
  const known = byIds.get(name);
  if (known !== undefined) return known;
  // One by one: as `id = any(…)`, a plan that is made while the table is small may read all of another index that has the id.
  const text = `select found.* from unnest($1::uuid[]) as wanted (id) cross join lateral (
      select ${selectFile(json)} from file as f where f.id = wanted.id and f.tenant is not distinct from $2 limit 1
    ) as found`;
  const statement = { name, text };
  byIds.set(name, statement);
  return statement;
}
