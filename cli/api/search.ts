// Full-text search over what was found in files.
import { SEARCH } from '../generated/documents.ts';
import type { FileFilter, SearchQuery } from '../generated/operations.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

type Page = SearchQuery['searchFiles'];
type Edge = Page['edges'][number];

/** Plain text with its hits: positions in UTF-16 code units, the end exclusive. */
export type Snippet = Edge['snippets'][number];
export type FoundFile = Omit<Edge, 'node'> & { readonly file: Edge['node'] };

export interface SearchResult {
  readonly found: readonly FoundFile[];
  readonly hasMore: boolean;
}

const MAX_PAGE = 100;

/** Best first, at most `limit`. */
export async function searchFiles(
  server: Server,
  query: string,
  filter: FileFilter,
  limit: number,
  signal: AbortSignal,
): Promise<SearchResult> {
  const found: FoundFile[] = [];
  for (let after: string | null = null; ;) {
    const first = Math.min(limit - found.length, MAX_PAGE);
    const page: Page = (await request(server, SEARCH, { query, filter, first, after }, signal)).searchFiles;
    found.push(...page.edges.map(({ node, rank, snippets }) => ({ file: node, rank, snippets })));
    const { hasNextPage, endCursor } = page.pageInfo;
    if (!hasNextPage || found.length >= limit) return { found, hasMore: hasNextPage };
    after = endCursor;
  }
}
