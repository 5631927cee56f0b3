// Finds files by what is in them and by their names. Every query here is confined to one tenant, and finds only files that
// are ready.
import type { MikroORM } from '../db/orm.ts';
import { type RowReader, readRows } from '../db/read-rows.ts';
import { asTenant } from '../db/scope.ts';
import { TYPES_AS_TEXT } from '../db/types.ts';
import type { ListedFile } from '../entities/file-snapshot.ts';
import { DomainError } from '../errors.ts';
import { type TurnLimits, Turns } from '../jobs/turns.ts';
import { ALL_JSON, type FileRow, type WantedJson, toListed } from '../lifecycle/file-rows.ts';
import type { SearchFilter } from '../lifecycle/file-search.ts';
import type { Snippet } from './cut-snippets.ts';
import { FOUND, FOUND_FILTERED } from './found-files.ts';
import { patternsOf } from './hit-patterns.ts';
import { findNames } from './names.ts';
import { type SearchScope, isNarrowed, scopeOf } from './scope.ts';
import { readSnippets } from './snippets.ts';
import { type WebQuery, parseWebQuery, printWebQuery } from './web-query.ts';
import type { Window } from './windows.ts';

/** Of a file in the list: by rank, the best first, and the newest first among equals. */
export interface FoundBound {
  readonly rank: number;
  readonly id: string;
}

export interface FoundFile extends FoundBound {
  readonly file: ListedFile;
  /** Empty unless asked for, and of a file that was found by its name alone. */
  readonly snippets: readonly Snippet[];
}

export interface SearchPage {
  /** Strictly after this place; null: from the best on. */
  readonly after: FoundBound | null;
  readonly limit: number;
  /** How many of them, from the first on, come with snippets; 0 if not given. */
  readonly snippetsOf?: number;
  /** The columns of JSON that they come with; all if not given. */
  readonly json?: WantedJson;
}

/**
 * Searches share the connections for reads with everything else, and one of a common word keeps its connection busy for a
 * while: lists and files must not wait for the searches of others.
 */
const TURNS: TurnLimits = { name: 'searches', atOnce: 3, atOncePerTenant: 2, waiting: 200, waitingOfTenant: 20 };

/** WAYBILL_SEARCH is off. */
class SearchDisabled extends DomainError<'SEARCH_DISABLED'> {
  constructor() {
    super('SEARCH_DISABLED', 'This server has search switched off (WAYBILL_SEARCH).');
  }
}

/** What is found, as the statement has it: the columns of the file, and these. */
type Row = FileRow & {
  readonly rank: number;
  readonly language: string | null;
  readonly windows: readonly Window[] | null;
};

export class FileSearch {
  readonly #orm: MikroORM;
  readonly #isOn: boolean;
  readonly #turns = new Turns(TURNS);

  constructor(orm: MikroORM, isOn = true) {
    this.#orm = orm;
    this.#isOn = isOn;
  }

  /**
   * @param text a query without faults (queryFault)
   * @throws SearchDisabled, TooManyWaiting, QueryTimeout
   */
  async find(
    tenant: string,
    text: string,
    filter: SearchFilter,
    page: SearchPage,
    leaving?: () => AbortSignal,
  ): Promise<FoundFile[]> {
    if (!this.#isOn) throw new SearchDisabled();
    const scope = scopeOf(tenant, filter);
    if (scope.states.length === 0 || scope.labels?.length === 0) return [];
    const query = parseWebQuery(text);
    return await this.#turns.take({ tenant, weight: 1, size: () => 1, ...(leaving && { leaving }) }, () =>
      asTenant(tenant, () =>
        readRows(this.#orm, async (reader) => {
          const rows = await findRows(reader, query, scope, page);
          const snippets = await snippetsOf(reader, query, rows);
          return rows.map((row, at) => ({ id: row.id, rank: row.rank, file: toListed(row), snippets: snippets[at]! }));
        }),
      ),
    );
  }
}

async function findRows(
  reader: RowReader,
  query: WebQuery,
  scope: SearchScope,
  { after, limit, snippetsOf: windowsOf = 0, json = ALL_JSON }: SearchPage,
): Promise<Row[]> {
  const names = await findNames(reader, query, scope);
  const values = [
    scope.tenant,
    printWebQuery(query),
    scope.states,
    names.map(({ id }) => id),
    names.map(({ rank }) => rank),
    after?.rank ?? null,
    after?.id ?? null,
    limit,
    windowsOf,
    patternsOf(query),
    [...json],
  ];
  if (!isNarrowed(scope)) return await reader.queryLast<Row>(FOUND, values, TYPES_AS_TEXT);
  const { name, createdAfter, createdBefore, labels } = scope;
  return await reader.queryLast<Row>(
    FOUND_FILTERED,
    [...values, name, createdAfter, createdBefore, labels],
    TYPES_AS_TEXT,
  );
}

async function snippetsOf(reader: RowReader, query: WebQuery, rows: readonly Row[]): Promise<Snippet[][]> {
  const passages = rows.map(({ language, windows }) => ({ language: language ?? '', windows: windows ?? [] }));
  return await readSnippets(reader, query, passages);
}
