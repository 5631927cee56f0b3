// searchFiles: files by what is in them. Its connection is written out, because it can be read forwards only.
import type { Snippet } from '../search/cut-snippets.ts';
import type { FoundFile } from '../search/search.ts';
import { queryFault } from '../search/web-query.ts';
import { findIssues } from '../lifecycle/input.ts';
import { builder } from './builder.ts';
import { FileFilter, filterFaults, toSearchFilter } from './file-filter.ts';
import { decodeRankCursor, encodeRankCursor, requirePageSize } from './paging.ts';
import { throwRefusal } from './request-error.ts';
import { findShownJson } from './selection.ts';
import { selects } from './selects.ts';
import { File } from './types/file.ts';

const DEFAULT_PAGE = 50;
/** Ranking is the same work for every page, and snippets are read from each text. */
const LARGEST_PAGE = 100;

interface FoundPage {
  readonly edges: readonly FoundFile[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

const SnippetHit = builder.objectRef<Snippet['hits'][number]>('SnippetHit').implement({
  description: 'The place of a word that was found, in UTF-16 code units of the text of its snippet.',
  fields: (t) => ({
    start: t.exposeInt('start', { description: 'Where the word begins.' }),
    end: t.exposeInt('end', { description: 'Where it ends, exclusive.' }),
  }),
});

const SnippetType = builder.objectRef<Snippet>('Snippet').implement({
  description: 'A piece of the text of a file, of some 30 words, in which words of the query were found.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'Plain text, never markup: escape it before it becomes HTML.' }),
    hits: t.field({ type: [SnippetHit], description: 'The words that were found.', resolve: ({ hits }) => [...hits] }),
  }),
});

const Edge = builder.objectRef<FoundFile>('QuerySearchFilesEdge').implement({
  description: 'A file that was found, how well it fits, and where.',
  fields: (t) => ({
    cursor: t.string({
      description: 'The position of the item in the list, for `after`.',
      resolve: (found) => encodeRankCursor(found),
    }),
    node: t.field({ type: File, description: 'The item.', resolve: ({ file }) => file }),
    rank: t.exposeFloat('rank', {
      description: 'How well the file fits the query: higher is better. Comparable within one query only.',
    }),
    snippets: t.field({
      type: [SnippetType],
      description: 'Where the words of the query are in the text: at most three. Empty for a file found by its name.',
      resolve: ({ snippets }) => [...snippets],
    }),
  }),
});

const Connection = builder.objectRef<FoundPage>('QuerySearchFilesConnection').implement({
  description: 'A page of files that were found.',
  fields: (t) => ({
    edges: t.field({ type: [Edge], description: 'The items of the page.', resolve: ({ edges }) => [...edges] }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: 'The position of the page in the list.',
      resolve: ({ edges, hasNextPage, hasPreviousPage }) => ({
        hasNextPage,
        hasPreviousPage,
        startCursor: cursorOf(edges.at(0)),
        endCursor: cursorOf(edges.at(-1)),
      }),
    }),
  }),
});

const cursorOf = (found: FoundFile | undefined): string | null =>
  found === undefined ? null : encodeRankCursor(found);

builder.queryField('searchFiles', (t) =>
  t.field({
    type: Connection,
    description:
      'INDEXED files by the words in their text and name, the best first. A page has 50 files by default, at most 100. ' +
      'Of more than 10,000 matches the newest 10,000 are ranked. SEARCH_DISABLED where the server has search switched off.',
    args: {
      query: t.arg.string({
        required: true,
        description:
          'As in a web search: words that must all occur, "a phrase", -word for what must not occur, `or` between ' +
          'alternatives. At most 1024 characters.',
      }),
      filter: t.arg({ type: FileFilter, description: 'Which files to search. Only INDEXED ones are found.' }),
      first: t.arg.int({ description: 'The number of items to return from the start of the list.' }),
      after: t.arg.string({ description: 'Return items after this cursor.' }),
    },
    resolve: async (_root, { query, filter: input, first, after }, context, info): Promise<FoundPage> => {
      requirePageSize({ first });
      throwRefusal(findIssues(['query', queryFault(query)], ...filterFaults(input)));
      const filter = toSearchFilter(input);
      const bound = after == null ? null : decodeRankCursor(after);
      const size = Math.min(first ?? DEFAULT_PAGE, LARGEST_PAGE);
      // In the transaction of the search, so that they cost no further one.
      const snippetsOf = selects(info, 'snippets') ? size : 0;
      const json = findShownJson(info);
      const page = { after: bound, limit: size + 1, snippetsOf, json };
      const { principal, signal } = context;
      const found = await context.search.find(principal.tenant, query, filter, page, signal);
      const edges = found.slice(0, size);
      return { edges, hasNextPage: found.length > size, hasPreviousPage: bound !== null };
    },
  }),
);
