// Paged queries: the list of files, and the history of one file.
import { document } from './document.ts';
import { FILE_FIELDS, type Failure, type FileFacts, type FileState } from './files.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

const MAX_PAGE = 1_000;

interface Page<Item> {
  readonly edges: readonly { readonly node: Item }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const FILES = document(`query ($first: Int!, $after: String, $filter: FileFilter) {
  files(first: $first, after: $after, filter: $filter) {
    edges { node { ...F } } pageInfo { hasNextPage endCursor }
  }
} ${FILE_FIELDS}`);

const HISTORY = document(`query ($id: ID!, $first: Int!, $after: String) { file(id: $id) {
  ...F
  transitions(first: $first, after: $after) {
    edges { node { version event from to occurredAt actor attemptId failure { code message retryable } } }
    pageInfo { hasNextPage endCursor }
  }
} } ${FILE_FIELDS}`);

export interface FileQuery {
  readonly states: readonly FileState[] | null;
  readonly nameContains: string | null;
}

export interface FileList {
  readonly files: readonly FileFacts[];
  /** The server has more files than `limit`. */
  readonly hasMore: boolean;
}

/** Newest first, at most `limit`. */
export async function listFiles(
  server: Server,
  filter: FileQuery,
  limit: number,
  signal: AbortSignal,
): Promise<FileList> {
  const files: FileFacts[] = [];
  let after: string | null = null;
  for (;;) {
    const first = Math.min(limit - files.length, MAX_PAGE);
    const variables = { first, after, filter };
    const page: Page<FileFacts> = (await request<{ files: Page<FileFacts> }>(server, FILES, variables, signal)).files;
    files.push(...page.edges.map(({ node }) => node));
    const { hasNextPage, endCursor } = page.pageInfo;
    if (!hasNextPage || files.length >= limit) return { files, hasMore: hasNextPage };
    after = endCursor;
  }
}

export interface Transition {
  readonly version: number;
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly occurredAt: string;
  readonly actor: string;
  readonly attemptId: string;
  readonly failure: Failure | null;
}

export interface History {
  readonly file: FileFacts;
  /** Oldest first. */
  readonly transitions: readonly Transition[];
}

/** Null when the file does not exist. */
export async function readHistory(server: Server, id: string, signal: AbortSignal): Promise<History | null> {
  const transitions: Transition[] = [];
  let after: string | null = null;
  for (;;) {
    const variables = { id, first: MAX_PAGE, after };
    type Answer = { readonly file: (FileFacts & { readonly transitions: Page<Transition> }) | null };
    const answer: Answer = await request<Answer>(server, HISTORY, variables, signal);
    if (answer.file === null) return null;
    const { transitions: page, ...file } = answer.file;
    transitions.push(...page.edges.map(({ node }) => node));
    if (!page.pageInfo.hasNextPage) return { file, transitions };
    after = page.pageInfo.endCursor;
  }
}
