// Lists of files in the order of their ids, each as the one index has it that was made for it.
import { type RawBuilder, sql } from 'kysely';
import { columnsOf, selectionOf } from '../db/columns.ts';
import type { EntityManager } from '../db/orm.ts';
import { JSON_COLUMNS, type JsonColumn, type ListedFile, snapshotOf } from '../entities/file-snapshot.ts';
import { File } from '../entities/file.ts';
import { JsonText } from '../entities/json-text.ts';
import type { FileState } from '../fsm/machine.ts';
import { escapeLike } from './escape-like.ts';
import type { FileFilter, Page } from './reader.ts';

interface FileList {
  readonly where: RawBuilder<unknown>;
  /** Comes before the id in the order. */
  readonly column: RawBuilder<unknown>;
}

/** Equal, in words that do not let the planner leave the column out of the order. */
const only = (column: RawBuilder<unknown>, value: string): RawBuilder<unknown> =>
  sql`${column} >= ${value} and ${column} <= ${value}`;

const TENANT = sql.raw('f.tenant');
const STATE = sql.raw('f.state');

/**
 * One list for each state, because the index has the files of one state in order and not those of several.
 *
 * The order names the column before the id as well: no other index has the rows in that order. With `tenant = … order by
 * id` every index does that ends in the id, and one of them leads through all files of a tenant, or of all tenants, to the
 * few of a state.
 */
function listsOf(tenant: string, states: readonly FileState[] | null): FileList[] {
  if (states === null) return [{ where: only(TENANT, tenant), column: TENANT }];
  return [...new Set(states)].map((state) => ({
    where: sql`f.tenant = ${tenant} and ${only(STATE, state)}`,
    column: STATE,
  }));
}

/** The columns of JSON that a list is to have. */
export type WantedJson = ReadonlySet<JsonColumn>;

export const ALL_JSON: WantedJson = new Set(JSON_COLUMNS);

const WITHOUT_JSON = selectionOf(columnsOf(File, ...JSON_COLUMNS), 'f');

/** The select list of a statement in which the file is `f`. */
export const selectListed = (json: WantedJson): RawBuilder<unknown> =>
  sql.raw([WITHOUT_JSON, ...Array.from(json, (column) => `f.${column}::text as "${column}"`)].join(', '));

export type ListedRow = Omit<File, JsonColumn> & { readonly [Column in JsonColumn]?: string };

const textOf = (json: string | undefined): JsonText | null => (json === undefined ? null : new JsonText(json));

export const toListed = ({ metadata, properties, ...row }: ListedRow): ListedFile =>
  snapshotOf({ ...row, metadata: textOf(metadata), properties: textOf(properties) });

/** Call it in a transaction for reads. */
export async function readLists(
  em: EntityManager,
  tenant: string,
  { states, nameContains }: FileFilter,
  { after, before, limit, fromEnd }: Page<string>,
  json: WantedJson,
): Promise<ListedRow[][]> {
  const direction = sql.raw(fromEnd ? 'asc' : 'desc');
  const more = [
    ...(nameContains === null ? [] : [sql`f.name ilike ${`%${escapeLike(nameContains)}%`}`]),
    ...(after === null ? [] : [sql`f.id < ${after}`]),
    ...(before === null ? [] : [sql`f.id > ${before}`]),
  ];
  const read = async ({ where, column }: FileList): Promise<ListedRow[]> => {
    const { rows } = await sql<ListedRow>`select ${selectListed(json)} from file as f
      where ${sql.join([where, ...more], sql` and `)}
      order by ${column} ${direction}, f.id ${direction} limit ${limit}`.execute(em.getKysely());
    return rows;
  };
  return await Promise.all(listsOf(tenant, states).map(read));
}

/** Newest first: what comes after an id is less. */
const isBetween = (id: string, { after, before }: Page<string>): boolean =>
  (after === null || id < after) && (before === null || id > before);

/** The files of these ids that are on the page; the page is not yet in order, nor cut. */
export async function readAmong(
  em: EntityManager,
  ids: readonly string[],
  { states }: FileFilter,
  page: Page<string>,
  json: WantedJson,
): Promise<ListedRow[]> {
  const wanted = ids.filter((id) => isBetween(id, page));
  const { rows } = await sql<ListedRow>`select ${selectListed(json)} from file as f
    where f.id = any(${wanted}::uuid[])`.execute(em.getKysely());
  return states === null ? rows : rows.filter(({ state }) => states.includes(state));
}

/** The page of several lists together. The database orders ids as JavaScript orders their texts. */
export function mergeLists(lists: readonly ListedRow[][], { limit, fromEnd }: Page<string>): ListedRow[] {
  const sorted = lists.flat().toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return (fromEnd ? sorted : sorted.toReversed()).slice(0, limit);
}
