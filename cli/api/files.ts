// GraphQL operations on files, and the types of their results.
import { CONTENT, DELETE, FILE, REGISTER, TRANSITION } from '../generated/documents.ts';
import type {
  ContentQuery,
  FileFactsFragment,
  FileState as GeneratedState,
  LifecycleEvent as GeneratedEvent,
  RefusalFragment,
  TransitionFileInput,
} from '../generated/operations.ts';
import { Refused } from '../errors.ts';
import type { OnRetry } from './pause.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

export type FileState = GeneratedState;
export type LifecycleEvent = GeneratedEvent;
export type FileFacts = FileFactsFragment;
export type Failure = NonNullable<FileFacts['failure']>;

/** In the order of the lifecycle; as in schema.graphql, which a test compares. */
export const FILE_STATES = [
  'UNTRACKED',
  'UPLOADING',
  'PROCESSING',
  'INDEXED',
  'FAILED',
] as const satisfies readonly FileState[];

export const toRefused = (refusal: RefusalFragment): Refused =>
  new Refused(
    refusal.code,
    refusal.message,
    null,
    'retryAfterSeconds' in refusal ? (refusal.retryAfterSeconds ?? null) : null,
  );

/** Null when the file does not exist or belongs to another tenant. */
export async function readFile(server: Server, id: string, signal: AbortSignal): Promise<FileFacts | null> {
  return (await request(server, FILE, { id }, signal)).file;
}

/** `contentUrl` is null while the bytes are not complete, and for files whose bytes are elsewhere. */
export type FileContent = NonNullable<ContentQuery['file']>;

/** Null when the file does not exist or belongs to another tenant. */
export async function readContent(server: Server, id: string, signal: AbortSignal): Promise<FileContent | null> {
  return (await request(server, CONTENT, { id }, signal)).file;
}

export interface NewFile {
  readonly name: string;
  readonly contentType: string;
  readonly size: number;
  readonly sha256: string | null;
  readonly metadata: Record<string, unknown>;
  readonly idempotencyKey: string;
}

export interface Registration {
  /** As it was at registration: when `replayed`, it may have changed or been deleted since. */
  readonly file: FileFacts;
  readonly replayed: boolean;
}

/**
 * Registers MANAGED files. Answers in the order of the input. At most 1000.
 * @throws Refused UNAVAILABLE when the server has too much to do: the same request, with the same keys, may be sent again
 */
export async function registerFiles(
  server: Server,
  files: readonly NewFile[],
  signal: AbortSignal,
): Promise<(Registration | Refused)[]> {
  const input = files.map((file) => ({ ...file, transfer: 'MANAGED' as const }));
  const { answers } = await request(server, REGISTER, { input }, signal);
  const registered = answers.map((answer) =>
    answer.__typename === 'RegisterFileSuccess' ? answer : toRefused(answer),
  );
  const busy = registered.find((answer) => answer instanceof Refused && answer.code === 'UNAVAILABLE');
  if (busy instanceof Refused) throw busy;
  return registered;
}

export type TransitionRequest = Pick<TransitionFileInput, 'id' | 'event' | 'expectedVersion' | 'failure'>;

export interface TransitionResult {
  readonly file: FileFacts;
  readonly transition: { readonly from: FileState; readonly to: FileState };
}

/** Answers in the order of the requests. At most 1000. */
export async function transitionFiles(
  server: Server,
  input: readonly TransitionRequest[],
  signal: AbortSignal,
  onRetry?: OnRetry,
): Promise<(TransitionResult | Refused)[]> {
  const { answers } = await request(server, TRANSITION, { input }, signal, onRetry);
  return answers.map((answer) => (answer.__typename === 'TransitionFileSuccess' ? answer : toRefused(answer)));
}

/** @throws Refused */
export async function deleteFile(server: Server, id: string, signal: AbortSignal): Promise<void> {
  const { answer } = await request(server, DELETE, { input: { id } }, signal);
  if (answer.__typename !== 'DeleteFileSuccess') throw toRefused(answer);
}
