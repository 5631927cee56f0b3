// Lists of files in the order of their ids, each as the one index has it that was made for it.
import type { Statement } from '../db/connection.ts';
import { TYPES_AS_TEXT } from '../db/types.ts';
import type { ReadTransaction } from '../db/read.ts';
import type { FileState } from '../fsm/machine.ts';
import { escapeLike } from './escape-like.ts';
import { type FileRow, type WantedJson, nameOf, selectByIds, selectFile } from './file-rows.ts';
import type { FileFilter, Page } from './reader.ts';

/** A list that one statement reads. */
export interface ListQuery {
  readonly statement: Statement;
  readonly values: readonly unknown[];
}

/** What a statement has or has not: each combination has its own plan, and there are few. */
interface Shape {
  readonly ofStates: boolean;
  readonly ofName: boolean;
  readonly after: boolean;
  readonly before: boolean;
  readonly fromEnd: boolean;
  readonly json: WantedJson;
}

const statements = new Map<string, Statement>();

function statementOf(shape: Shape): Statement {
  const { ofStates, ofName, after, before, fromEnd, json } = shape;
  const parts = { states: ofStates, name: ofName, after, before, from_end: fromEnd };
  const names = Object.entries(parts).flatMap(([name, is]) => (is ? [name] : []));
  const name = ['waybill_files', ...names, nameOf(json)].join('_');
  const known = statements.get(name);
  if (known !== undefined) return known;
  const statement = { name, text: textOf(shape) };
  statements.set(name, statement);
  return statement;
}

/**
 * One list for each state, because the index has the files of one state in order and not those of several.
 *
 * The order names the column before the id as well, and in words that do not let the planner leave it out: no other index has
 * the rows in that order. With `tenant = … order by id` every index does that ends in the id, and one of them leads through
 * all files of a tenant, or of all tenants, to the few of a state.
 */
function textOf({ ofStates, ofName, after, before, fromEnd, json }: Shape): string {
  const direction = fromEnd ? 'asc' : 'desc';
  let places = 2;
  const place = (): string => `$${(places += 1)}`;
  // In the order of the values of `listQuery`.
  const more = [
    ...(after ? [`f.id < ${place()}::uuid`] : []),
    ...(before ? [`f.id > ${place()}::uuid`] : []),
    ...(ofName ? [`f.name ilike ${place()}`] : []),
  ];
  const list = (where: string, column: string): string =>
    `select ${selectFile(json)} from file as f where ${[where, ...more].join(' and ')}
      order by ${column} ${direction}, f.id ${direction} limit $2`;
  if (!ofStates) return list('f.tenant >= $1 and f.tenant <= $1', 'f.tenant');
  const one = list('f.tenant = $1 and f.state >= wanted.state and f.state <= wanted.state', 'f.state');
  return `select listed.* from unnest(${place()}::text[]) as wanted (state) cross join lateral (${one}) as listed`;
}

/** The pages of one list or of several: `mergePage` makes one of them. */
export function listQuery(
  tenant: string,
  { states, nameContains }: FileFilter,
  { after, before, limit, fromEnd }: Page<string>,
  json: WantedJson,
): ListQuery {
  const ofStates = states !== null;
  const ofName = nameContains !== null;
  const statement = statementOf({ ofStates, ofName, after: after !== null, before: before !== null, fromEnd, json });
  const pattern = nameContains === null ? null : `%${escapeLike(nameContains)}%`;
  const wanted = states === null ? null : [...new Set(states)];
  const more = [after, before, pattern, wanted].filter((value) => value !== null);
  return { statement, values: [tenant, limit, ...more] };
}

/** Newest first: what comes after an id is less. */
const isBetween = (id: string, { after, before }: Page<string>): boolean =>
  (after === null || id < after) && (before === null || id > before);

/** The files of these ids that are on the page; the page is not yet in order, nor cut. */
export async function readAmong(
  { ask }: ReadTransaction,
  tenant: string,
  ids: readonly string[],
  { states }: { readonly states: readonly FileState[] | null },
  page: Page<string>,
  json: WantedJson,
): Promise<FileRow[]> {
  const wanted = ids.filter((id) => isBetween(id, page));
  const rows = await ask<FileRow>(selectByIds(json), [wanted, tenant], TYPES_AS_TEXT);
  return states === null ? rows : rows.filter(({ state }) => states.includes(state));
}

/** The page of several lists together. The database orders ids as JavaScript orders their texts. */
export function mergePage(rows: readonly FileRow[], { limit, fromEnd }: Page<string>): FileRow[] {
  const sorted = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return (fromEnd ? sorted : sorted.toReversed()).slice(0, limit);
}
