// Lists of files by what never changes of them: filtered by metadata, type and time of registration, and in any of three
// orders. Each order has its index in file_attributes, which has the rows of a tenant as the list does.
import { type RawBuilder, sql } from 'kysely';
import type { ReadTransaction } from '../db/read.ts';
import { TYPES_AS_TEXT } from '../db/types.ts';
import type { FileLabels } from '../entities/file-attributes.ts';
import type { FileSnapshot } from '../entities/file-snapshot.ts';
import { escapeLike } from './escape-like.ts';
import { type FileRow, type WantedJson, selectFile } from './file-rows.ts';
import { findRareNames } from './rare-names.ts';
import { planLabels, unindexed } from './rare-labels.ts';
import type { FileFilter, Page } from './reader.ts';

export const ORDER_FIELDS = ['CREATED_AT', 'NAME', 'SIZE'] as const;
export type OrderField = (typeof ORDER_FIELDS)[number];

export interface FileOrder {
  readonly field: OrderField;
  readonly isDescending: boolean;
}

/** All given conditions must match; null: not given. */
export interface SearchFilter extends FileFilter {
  /** A part of the file's metadata, as jsonb containment has it: nested objects in part, arrays in any order. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly contentTypes: readonly string[] | null;
  /** RFC 3339; inclusive. */
  readonly createdAfter: string | null;
  /** RFC 3339; exclusive. */
  readonly createdBefore: string | null;
}

export const NEWEST_FIRST: FileOrder = { field: 'CREATED_AT', isDescending: true };

/** Whether the index of registration is enough: there is no condition that only file_attributes has. */
export const isPlainFilter = ({ metadata, contentTypes, createdAfter, createdBefore }: SearchFilter): boolean =>
  [metadata, contentTypes, createdAfter, createdBefore].every((value) => value === null);

/** The place of a file in an order: its sort key, and its id among files of the same key. */
export interface SearchBound {
  readonly key: string | number;
  readonly id: string;
}

const NAME_CHARACTERS = 256;

/** The column of each order, and its type. */
const COLUMNS: Readonly<Record<OrderField, readonly [name: string, type: string]>> = {
  CREATED_AT: ['a.created_at', 'timestamptz'],
  NAME: ['a.sort_name', 'text'],
  SIZE: ['a.sort_size', 'bigint'],
};

export function boundOf(
  { id, name, size, createdAt }: Pick<FileSnapshot, 'id' | 'name' | 'size' | 'createdAt'>,
  field: OrderField,
): SearchBound {
  switch (field) {
    case 'CREATED_AT':
      return { key: createdAt, id };
    case 'NAME':
      return { key: Array.from(name).slice(0, NAME_CHARACTERS).join(''), id };
    case 'SIZE':
      return { key: size ?? -1, id };
  }
}

/** In the given order; from the end, in the opposite one. */
export async function searchFiles(
  { em, ask }: ReadTransaction,
  tenant: string,
  filter: SearchFilter,
  order: FileOrder,
  page: Page<SearchBound>,
  json: WantedJson,
): Promise<FileRow[]> {
  const [column, type] = COLUMNS[order.field].map((text) => sql.raw(text)) as [
    RawBuilder<unknown>,
    RawBuilder<unknown>,
  ];
  const direction = sql.raw(order.isDescending === page.fromEnd ? 'asc' : 'desc');
  const place = ({ key, id }: SearchBound): RawBuilder<unknown> => sql`(${tenant}::text, ${key}::${type}, ${id}::uuid)`;
  const [beyond, short] = order.isDescending ? [sql.raw('<'), sql.raw('>')] : [sql.raw('>'), sql.raw('<')];
  const here = sql`(a.tenant, ${column}, a.file_id)`;
  const rare = filter.nameContains === null ? null : await findRareNames(em, tenant, filter.nameContains);
  const labels = labelsOf(tenant, filter);
  // The files of a rare name are few: their labels are read.
  const plan = labels === null ? 'any' : rare === null ? await planLabels(em, tenant, labels) : 'order';
  const few = typeof plan === 'object' ? plan.ids : rare;
  const conditions = [
    // In words that keep the tenant in the order: no other index has the rows in that order, whatever the planner knows.
    sql`a.tenant >= ${tenant} and a.tenant <= ${tenant}`,
    ...conditionsOf(filter),
    ...(labels === null ? [] : [plan === 'order' ? unindexed(labels) : labels]),
    ...(page.after === null ? [] : [sql`${here} ${beyond} ${place(page.after)}`]),
    ...(page.before === null ? [] : [sql`${here} ${short} ${place(page.before)}`]),
  ];
  // OFFSET 0: these rows first, and then in order. A plan for any list would read all files in order and look for these.
  const among =
    few === null
      ? sql`file_attributes`
      : sql`(select * from file_attributes where file_id = any(${few}::uuid[]) offset 0)`;
  const { sql: text, parameters } = sql`
    select ${sql.raw(selectFile(json))} from ${among} as a join file as f on f.id = a.file_id
    where ${sql.join(conditions, sql` and `)}
    order by a.tenant ${direction}, ${column} ${direction}, a.file_id ${direction}
    limit ${page.limit}`.compile(em.getKysely());
  return await ask<FileRow>({ text }, parameters, TYPES_AS_TEXT);
}

function conditionsOf({ states, nameContains, createdAfter, createdBefore }: SearchFilter): RawBuilder<unknown>[] {
  return [
    ...(states === null ? [] : [sql`f.state = any(${[...states]}::text[])`]),
    ...(nameContains === null ? [] : [sql`a.name ilike ${`%${escapeLike(nameContains)}%`}`]),
    ...(createdAfter === null ? [] : [sql`a.created_at >= ${createdAfter}::timestamptz`]),
    ...(createdBefore === null ? [] : [sql`a.created_at < ${createdBefore}::timestamptz`]),
  ];
}

/** The condition on the labels of `a`; null: there is none. */
function labelsOf(tenant: string, { metadata, contentTypes }: SearchFilter): RawBuilder<unknown> | null {
  if (metadata === null && contentTypes === null) return null;
  if (contentTypes?.length === 0) return sql`false`;
  const types = contentTypes?.map((contentType) => ({ contentType })) ?? [{}];
  const alternatives = types.map((type) => {
    const labels: Partial<FileLabels> = { tenant, ...type, ...(metadata !== null && { metadata }) };
    return sql`a.labels @> ${JSON.stringify(labels)}::jsonb`;
  });
  return sql`(${sql.join(alternatives, sql` or `)})`;
}
