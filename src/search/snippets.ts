// Where in a text the query was found: a few pieces of some thirty words, as they are in the text, with the places of the
// words that were found.
import type { Statement } from '../db/connection.ts';
import type { RowReader } from '../db/read-rows.ts';
import { HIT_END, HIT_START, type Marked, type Snippet, cutSnippets } from './cut-snippets.ts';
import { foldAligned } from './fold.ts';
import { type WebQuery, printWebQuery } from './web-query.ts';
import type { Window } from './windows.ts';

/** What was read of a text that was found. */
export interface Passage {
  readonly language: string;
  readonly windows: readonly Window[];
}

/** It reads no table. */
const MARKED: Statement = {
  name: 'waybill_search_marked',
  text: `select ts_headline(coalesce(c.oid, 'pg_catalog.simple'::regconfig)::regconfig, w.folded,
      websearch_to_tsquery(coalesce(c.oid, 'pg_catalog.simple'::regconfig)::regconfig, $1),
      'HighlightAll=true, StartSel=${HIT_START}, StopSel=${HIT_END}') as marked
    from unnest($2::text[], $3::text[]) with ordinality as w (folded, language, place)
    left join lateral (
      select oid from pg_ts_config where cfgname = w.language and pg_ts_config_is_visible(oid) limit 1
    ) as c on true
    order by w.place`,
};

/** In the order of the passages. */
export async function readSnippets(
  reader: RowReader,
  query: WebQuery,
  passages: readonly Passage[],
): Promise<Snippet[][]> {
  const windows = passages.flatMap((passage) =>
    passage.windows.map(([at, text]) => ({ ...foldAligned(text), at, text, passage })),
  );
  if (windows.length === 0) return passages.map(() => []);
  const rows = await reader.query<{ marked: string }>(MARKED, [
    printWebQuery(query.map(({ wanted }) => ({ wanted, unwanted: [] }))),
    windows.map(({ folded }) => folded),
    windows.map(({ passage }) => passage.language),
  ]);
  const marked = windows.map((window, at): Marked & typeof window => ({ ...window, marked: rows[at]!.marked }));
  const byPassage = Map.groupBy(marked, ({ passage }) => passage);
  return passages.map((passage) => cutSnippets(byPassage.get(passage) ?? []));
}
