// Finds INDEXED files that are to be processed again: those that a filter selects and that were not processed by a version.
// A call looks at a bounded number of files, from the newest on, and says how far it has come: no index has the versions, and
// most files of a large collection may be up to date.
import type { FileSnapshot, JsonColumn, ListedFile } from '../entities/file-snapshot.ts';
import { membersOf } from '../entities/json-text.ts';
import { hasTag, statesWith } from '../fsm/tags.ts';
import { NEWEST_FIRST, type SearchBound, type SearchFilter, boundOf, isPlainFilter } from './file-search.ts';
import type { FileReader, Page } from './reader.ts';

export interface Wanted {
  /** Its name; null: all files are wanted. */
  readonly processor: string | null;
  /** Files that this version has processed are not wanted; null: those that any has. */
  readonly versionNot: string | null;
}

export interface Outdated {
  readonly files: readonly Pick<FileSnapshot, 'id'>[];
  /** The last file that was looked at; null when there was none. */
  readonly end: SearchBound | null;
  /** Whether there may be more. */
  readonly hasMore: boolean;
}

/** Their properties have at most 32 KiB each. */
const PAGE = 200;
const PROPERTIES: ReadonlySet<JsonColumn> = new Set(['properties']);
const MOST_PAGES = 50;

/** Only a file whose bytes are here. */
export function isOutdated(
  { state, transfer, properties }: Pick<FileSnapshot, 'state' | 'transfer' | 'properties'>,
  { processor, versionNot }: Wanted,
): boolean {
  if (!hasTag(state, 'ready') || transfer !== 'MANAGED') return false;
  if (processor === null) return true;
  const found = membersOf(properties)[processor];
  if (typeof found !== 'object' || found === null) return true;
  return versionNot !== null && (found as { readonly version?: unknown }).version !== versionNot;
}

/** @param limit files at most */
export async function findOutdated(
  reader: FileReader,
  tenant: string,
  selection: { readonly filter: SearchFilter; readonly wanted: Wanted },
  { after, limit }: { readonly after: SearchBound | null; readonly limit: number },
): Promise<Outdated> {
  const { filter, wanted } = selection;
  const states = statesWith('ready').filter((state) => filter.states?.includes(state) ?? true);
  const files: ListedFile[] = [];
  let end = after;
  if (states.length === 0) return { files, end, hasMore: false };
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = { after: end, before: null, limit: PAGE, fromEnd: false };
    const read = await readPage(reader, tenant, { ...filter, states }, page);
    for (const file of read) {
      end = boundOf(file, 'CREATED_AT');
      const properties = file.properties ?? {};
      if (isOutdated({ ...file, properties }, wanted)) files.push(file);
      if (files.length === limit) return { files, end, hasMore: read.length === PAGE || file !== read.at(-1) };
    }
    if (read.length < PAGE) return { files, end, hasMore: false };
  }
  return { files, end, hasMore: true };
}

async function readPage(
  reader: FileReader,
  tenant: string,
  filter: SearchFilter,
  page: Page<SearchBound>,
): Promise<ListedFile[]> {
  if (!isPlainFilter(filter)) return await reader.searchFiles(tenant, filter, NEWEST_FIRST, page, PROPERTIES);
  return await reader.listFiles(tenant, filter, { ...page, after: page.after?.id ?? null, before: null }, PROPERTIES);
}
