// Full-text search over what was found in files.
import type { FileState } from './files.ts';
import { document } from './document.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

/** Positions in UTF-16 code units; the end is exclusive. */
export interface Hit {
  readonly start: number;
  readonly end: number;
}

export interface Snippet {
  /** Plain text. */
  readonly text: string;
  readonly hits: readonly Hit[];
}

export interface FoundFile {
  readonly rank: number;
  readonly file: {
    readonly id: string;
    readonly name: string;
    readonly state: FileState;
    readonly contentType: string;
    readonly size: number | null;
  };
  readonly snippets: readonly Snippet[];
}

export interface SearchResult {
  readonly found: readonly FoundFile[];
  readonly hasMore: boolean;
}

const SEARCH = document(`query ($query: String!, $filter: FileFilter, $first: Int!, $after: String) {
  searchFiles(query: $query, filter: $filter, first: $first, after: $after) {
    edges { rank snippets { text hits { start end } } node { id name state contentType size } }
    pageInfo { hasNextPage endCursor }
  }
}`);

const MAX_PAGE = 100;

interface Page {
  readonly edges: readonly (Omit<FoundFile, 'file'> & { readonly node: FoundFile['file'] })[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Best first, at most `limit`. */
export async function searchFiles(
  server: Server,
  query: string,
  filter: Readonly<Record<string, unknown>>,
  limit: number,
  signal: AbortSignal,
): Promise<SearchResult> {
  const found: FoundFile[] = [];
  for (let after: string | null = null; ;) {
    const first = Math.min(limit - found.length, MAX_PAGE);
    const variables = { query, filter, first, after };
    type Data = { readonly searchFiles: Page };
    const page: Page = (await request<Data>(server, SEARCH, variables, signal)).searchFiles;
    found.push(...page.edges.map(({ node, rank, snippets }) => ({ file: node, rank, snippets })));
    const { hasNextPage, endCursor } = page.pageInfo;
    if (!hasNextPage || found.length >= limit) return { found, hasMore: hasNextPage };
    after = endCursor;
  }
}
