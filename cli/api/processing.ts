// GraphQL operations that steer the processing of files.
import { CANCEL, REPROCESS } from '../generated/documents.ts';
import type { CancelMutation, ReprocessFilesInput, ReprocessMutation } from '../generated/operations.ts';
import { toRefused } from './files.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

type Success<Answer, Name> = Extract<Answer, { readonly __typename: Name }>;

/** FAILED; PROCESSING while a worker has been asked to stop. */
export type CancelledFile = Success<CancelMutation['answer'], 'CancelProcessingSuccess'>['file'];

export type Selection = Pick<ReprocessFilesInput, 'ids' | 'filter' | 'processor' | 'versionNot'>;
export type Reprocessed = Success<ReprocessMutation['answer'], 'ReprocessFilesSuccess'>;

/** @throws Refused */
export async function cancelProcessing(server: Server, id: string, signal: AbortSignal): Promise<CancelledFile> {
  const { answer } = await request(server, CANCEL, { input: { id } }, signal);
  if (answer.__typename !== 'CancelProcessingSuccess') throw toRefused(answer);
  return answer.file;
}

/** One call. @throws Refused */
export async function reprocessFiles(
  server: Server,
  input: ReprocessFilesInput,
  signal: AbortSignal,
): Promise<Reprocessed> {
  const { answer } = await request(server, REPROCESS, { input }, signal);
  if (answer.__typename !== 'ReprocessFilesSuccess') throw toRefused(answer);
  return answer;
}
