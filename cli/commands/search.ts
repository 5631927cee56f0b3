// waybill search: finds files by what is in them.
import { type FoundFile, type Snippet, searchFiles } from '../api/search.ts';
import type { Command } from '../context.ts';
import { EXIT } from '../errors.ts';
import { type LineFormat, type Screen, paint } from '../output/screen.ts';
import { clean } from '../output/text.ts';

export interface SearchOptions {
  readonly words: readonly string[];
  readonly name?: string;
  readonly type: readonly string[];
  readonly limit: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export const runSearch: Command<SearchOptions> = async (options, { server, screen, signal }) => {
  const { words, name, type, limit, quiet, json } = options;
  const filter = { ...(name !== undefined && { nameContains: name }), ...(type.length > 0 && { contentTypes: type }) };
  const { found, hasMore } = await searchFiles(server, words.join(' '), filter, limit, signal);
  for (const each of found) {
    if (json) screen.printJson({ ...each.file, rank: each.rank, snippets: each.snippets });
    else if (quiet) screen.print(each.file.id);
    else for (const line of drawFound(each, screen.format)) screen.print(line);
  }
  if (!json && !quiet && screen.isTerminal) noteRest(found.length, hasMore, screen);
  return EXIT.ok;
};

function noteRest(count: number, hasMore: boolean, screen: Screen): void {
  if (count === 0) screen.note('Nothing was found.');
  else if (hasMore) screen.note(`Showing the best ${count}; use --limit to see more.`);
}

function drawFound({ file, snippets }: FoundFile, format: LineFormat): string[] {
  const head = `${file.id}  ${paint(format, 'bold', clean(file.name))}`;
  return [head, ...snippets.map((snippet) => `    ${drawSnippet(snippet, format)}`)];
}

/** On one line, with the hits in bold. */
function drawSnippet({ text, hits }: Snippet, format: LineFormat): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end } of hits) {
    parts.push(clean(text.slice(at, start)), paint(format, 'bold', clean(text.slice(start, end))));
    at = end;
  }
  return [...parts, clean(text.slice(at))].join('');
}
