// GraphQL operations on files, and the types of their results.
import { document } from './document.ts';
import { Refused } from '../errors.ts';
import type { OnRetry } from './pause.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

/** As in schema.graphql; a test compares them. */
export const FILE_STATES = ['UNTRACKED', 'UPLOADING', 'PROCESSING', 'INDEXED', 'FAILED'] as const;
export type FileState = (typeof FILE_STATES)[number];

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

export interface FileFacts {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly transfer: string;
  readonly size: number | null;
  readonly bytesReceived: number;
  readonly sha256: string | null;
  readonly state: FileState;
  readonly version: number;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly failure: Failure | null;
  /** When the server retries the FAILED file by itself; null: it does not. */
  readonly retryAt: string | null;
  readonly allowedEvents: readonly string[];
  readonly uploadUrl: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const FILE_FIELDS = `fragment F on File {
  id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts
  failure { code message retryable } retryAt allowedEvents uploadUrl metadata createdAt updatedAt
}`;

const FILE = document(`query ($id: ID!) { file(id: $id) { ...F } } ${FILE_FIELDS}`);

const CONTENT = document('query ($id: ID!) { file(id: $id) { name state size sha256 contentUrl } }');

/** What every refusal of a mutation is asked for. */
export const REFUSAL = '... on Error { code message } ... on RequestError { retryAfterSeconds }';

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number | null;
}

export const toRefused = ({ code = 'UNEXPECTED_ANSWER', message = '', retryAfterSeconds }: Partial<Refusal>): Refused =>
  new Refused(code, message, null, retryAfterSeconds ?? null);

const REGISTER = document(`mutation ($input: [RegisterFileInput!]!) { answers: registerFiles(input: $input) {
  __typename ... on RegisterFileSuccess { replayed file { ...F } } ${REFUSAL}
} } ${FILE_FIELDS}`);

const TRANSITION = document(`mutation ($input: [TransitionFileInput!]!) { answers: transitionFiles(input: $input) {
  __typename ... on TransitionFileSuccess { file { ...F } transition { from to } } ${REFUSAL}
} } ${FILE_FIELDS}`);

const DELETE = document(`mutation ($input: DeleteFileInput!) { answer: deleteFile(input: $input) {
  __typename ${REFUSAL}
} }`);

/** Null when the file does not exist or belongs to another tenant. */
export async function readFile(server: Server, id: string, signal: AbortSignal): Promise<FileFacts | null> {
  return (await request<{ file: FileFacts | null }>(server, FILE, { id }, signal)).file;
}

export type FileContent = Pick<FileFacts, 'name' | 'state' | 'size' | 'sha256'> & {
  /** Null while the bytes are not complete, and for files whose bytes are elsewhere. */
  readonly contentUrl: string | null;
};

/** Null when the file does not exist or belongs to another tenant. */
export async function readContent(server: Server, id: string, signal: AbortSignal): Promise<FileContent | null> {
  return (await request<{ file: FileContent | null }>(server, CONTENT, { id }, signal)).file;
}

export interface NewFile {
  readonly name: string;
  readonly contentType: string;
  readonly size: number;
  readonly sha256: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
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
  const input = files.map((file) => ({ ...file, transfer: 'MANAGED' }));
  type Answer = Registration & Partial<Refusal>;
  const { answers } = await request<{ answers: Answer[] }>(server, REGISTER, { input }, signal);
  const busy = answers.find(({ code }) => code === 'UNAVAILABLE');
  if (busy !== undefined) throw toRefused(busy);
  return answers.map((answer) => (answer.code === undefined ? answer : toRefused(answer)));
}

export interface TransitionRequest {
  readonly id: string;
  readonly event: string;
  readonly expectedVersion?: number;
  readonly failure?: Failure;
}

export interface TransitionResult {
  readonly file: FileFacts;
  readonly transition: { readonly from: string; readonly to: string };
}

/** Answers in the order of the requests. At most 1000. */
export async function transitionFiles(
  server: Server,
  input: readonly TransitionRequest[],
  signal: AbortSignal,
  onRetry?: OnRetry,
): Promise<(TransitionResult | Refused)[]> {
  type Answer = TransitionResult & Partial<Refusal>;
  const { answers } = await request<{ answers: Answer[] }>(server, TRANSITION, { input }, signal, onRetry);
  return answers.map((answer) => (answer.code === undefined ? answer : toRefused(answer)));
}

/** @throws Refused */
export async function deleteFile(server: Server, id: string, signal: AbortSignal): Promise<void> {
  const { answer } = await request<{ answer: Partial<Refusal> }>(server, DELETE, { input: { id } }, signal);
  if (answer.code !== undefined) throw toRefused(answer);
}
