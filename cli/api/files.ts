// The operations on files that the command line knows, and the shapes of what they answer.
import { Refused } from '../errors.ts';
import { request } from './request.ts';
import type { Server } from './server.ts';

/** As in schema.graphql; a test compares. */
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
  readonly allowedEvents: readonly string[];
  readonly uploadUrl: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const FILE_FIELDS = `fragment F on File {
  id name contentType transfer size bytesReceived sha256 state version attempts maxAttempts
  failure { code message retryable } allowedEvents uploadUrl metadata createdAt updatedAt
}`;

const FILE = `query ($id: ID!) { file(id: $id) { ...F } } ${FILE_FIELDS}`;

const REGISTER = `mutation ($input: RegisterFileInput!) { answer: registerFile(input: $input) {
  __typename ... on RegisterFileSuccess { replayed file { ...F } } ... on Error { code message }
} } ${FILE_FIELDS}`;

const TRANSITION = `mutation ($input: [TransitionFileInput!]!) { answers: transitionFiles(input: $input) {
  __typename ... on TransitionFileSuccess { file { ...F } transition { from to } } ... on Error { code message }
} } ${FILE_FIELDS}`;

const DELETE = `mutation ($input: DeleteFileInput!) { answer: deleteFile(input: $input) {
  __typename ... on Error { code message }
} }`;

interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Null when there is none, or it is not yours. */
export async function readFile(server: Server, id: string, signal: AbortSignal): Promise<FileFacts | null> {
  return (await request<{ file: FileFacts | null }>(server, FILE, { id }, signal)).file;
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
  /** As it was registered: with `replayed`, it may have changed since or be gone. */
  readonly file: FileFacts;
  readonly replayed: boolean;
}

/** Registers a MANAGED file. @throws Refused */
export async function registerFile(server: Server, file: NewFile, signal: AbortSignal): Promise<Registration> {
  const input = { ...file, transfer: 'MANAGED' };
  type Answer = Registration & Partial<Refusal>;
  const { answer } = await request<{ answer: Answer }>(server, REGISTER, { input }, signal);
  if (answer.code !== undefined) throw new Refused(answer.code, answer.message ?? '');
  return answer;
}

export interface TransitionRequest {
  readonly id: string;
  readonly event: string;
  readonly expectedVersion?: number;
  readonly failure?: Failure;
}

export interface Moved {
  readonly file: FileFacts;
  readonly transition: { readonly from: string; readonly to: string };
}

/** The answers in the order of the requests. At most 1000. */
export async function transitionFiles(
  server: Server,
  input: readonly TransitionRequest[],
  signal: AbortSignal,
): Promise<(Moved | Refused)[]> {
  type Answer = Moved & Partial<Refusal>;
  const { answers } = await request<{ answers: Answer[] }>(server, TRANSITION, { input }, signal);
  return answers.map((answer) => (answer.code === undefined ? answer : new Refused(answer.code, answer.message ?? '')));
}

/** @throws Refused */
export async function deleteFile(server: Server, id: string, signal: AbortSignal): Promise<void> {
  const { answer } = await request<{ answer: Partial<Refusal> }>(server, DELETE, { input: { id } }, signal);
  if (answer.code !== undefined) throw new Refused(answer.code, answer.message ?? '');
}
