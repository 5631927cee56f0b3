// GraphQL operations that steer the processing of files.
import { document } from './document.ts';
import { type Failure, type FileState, REFUSAL, type Refusal, toRefused } from './files.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

const CANCEL = document(`mutation ($input: CancelProcessingInput!) { answer: cancelProcessing(input: $input) {
  __typename ... on CancelProcessingSuccess { file { name state failure { code message retryable } } }
  ${REFUSAL}
} }`);

const REPROCESS = document(`mutation ($input: ReprocessFilesInput!) { answer: reprocessFiles(input: $input) {
  __typename ... on ReprocessFilesSuccess { queued hasMore endCursor } ${REFUSAL}
} }`);

export interface CancelledFile {
  readonly name: string;
  /** FAILED; PROCESSING while a worker has been asked to stop. */
  readonly state: FileState;
  readonly failure: Failure | null;
}

export interface Selection {
  readonly ids: readonly string[] | null;
  readonly filter: { readonly nameContains?: string; readonly contentTypes?: readonly string[] } | null;
  readonly processor: string | null;
  readonly versionNot: string | null;
}

export interface Reprocessed {
  readonly queued: number;
  readonly hasMore: boolean;
  readonly endCursor: string | null;
}

const refuse = (answer: Partial<Refusal>): never => {
  throw toRefused(answer);
};

/** @throws Refused */
export async function cancelProcessing(server: Server, id: string, signal: AbortSignal): Promise<CancelledFile> {
  type Data = { readonly answer: { readonly file?: CancelledFile } & Partial<Refusal> };
  const { answer } = await request<Data>(server, CANCEL, { input: { id } }, signal);
  return answer.file ?? refuse(answer);
}

/** One call. @throws Refused */
export async function reprocessFiles(
  server: Server,
  selection: Selection & { readonly first: number | null; readonly after: string | null },
  signal: AbortSignal,
): Promise<Reprocessed> {
  type Data = { readonly answer: Reprocessed & Partial<Refusal> };
  const { answer } = await request<Data>(server, REPROCESS, { input: selection }, signal);
  return answer.code === undefined ? answer : refuse(answer);
}
