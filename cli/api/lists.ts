// Paged queries: the list of files, and the history of one file.
import { FILES, HISTORY } from '../generated/documents.ts';
import type { FileFilter, FilesQuery, HistoryQuery } from '../generated/operations.ts';
import type { FileFacts } from './files.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

const MAX_PAGE = 1_000;

export interface FileList {
  readonly files: readonly FileFacts[];
  /** The server has more files than `limit`. */
  readonly hasMore: boolean;
}

/** Newest first, at most `limit`. */
export async function listFiles(
  server: Server,
  filter: FileFilter,
  limit: number,
  signal: AbortSignal,
): Promise<FileList> {
  const files: FileFacts[] = [];
  for (let after: string | null = null; ;) {
    const first = Math.min(limit - files.length, MAX_PAGE);
    const page: FilesQuery['files'] = (await request(server, FILES, { first, after, filter }, signal)).files;
    files.push(...page.edges.map(({ node }) => node));
    const { hasNextPage, endCursor } = page.pageInfo;
    if (!hasNextPage || files.length >= limit) return { files, hasMore: hasNextPage };
    after = endCursor;
  }
}

type Page = NonNullable<HistoryQuery['file']>['transitions'];
export type Transition = Page['edges'][number]['node'];

export interface History {
  readonly file: FileFacts;
  /** Oldest first. */
  readonly transitions: readonly Transition[];
}

/** Null when the file does not exist. */
export async function readHistory(server: Server, id: string, signal: AbortSignal): Promise<History | null> {
  const transitions: Transition[] = [];
  for (let after: string | null = null; ;) {
    const found: HistoryQuery['file'] = (await request(server, HISTORY, { id, first: MAX_PAGE, after }, signal)).file;
    if (found === null) return null;
    const { transitions: page, ...file }: NonNullable<HistoryQuery['file']> = found;
    transitions.push(...page.edges.map(({ node }) => node));
    if (!page.pageInfo.hasNextPage) return { file, transitions };
    after = page.pageInfo.endCursor;
  }
}
