// A client as users write one: fetch for operations, graphql-ws for subscriptions. It knows the public API only.
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface GraphQLErrorShape {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Record<string, unknown>;
}

export interface Response<Data> {
  readonly status: number;
  readonly data?: Data | null;
  readonly errors?: readonly GraphQLErrorShape[];
}

type Variables = Record<string, unknown>;

/** Sends one operation and returns what came back, errors included. */
export async function send<Data>(
  url: string,
  query: string,
  variables: Variables = {},
  signal: AbortSignal | null = null,
): Promise<Response<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
    signal,
  });
  return { status: response.status, ...((await response.json()) as Omit<Response<Data>, 'status'>) };
}

/** The same for operations that must work: throws on GraphQL errors. */
export async function request<Data>(
  url: string,
  query: string,
  variables: Variables = {},
  signal: AbortSignal | null = null,
): Promise<Data> {
  const { data, errors } = await send<Data>(url, query, variables, signal);
  if (errors !== undefined || data == null) throw new Error(`the request failed: ${JSON.stringify(errors)}`);
  return data;
}

/** The result of a mutation, whichever member of the union it is. */
export interface Result {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly field?: string | null;
  readonly attemptId?: string;
  readonly replayed?: boolean;
  readonly allowedEvents?: readonly string[];
  readonly file?: FileShape;
  readonly transition?: TransitionShape;
}

export interface FileShape {
  readonly id: string;
  readonly state: string;
  readonly version: number;
  readonly attempts: number;
  readonly bytesReceived: number;
  readonly size: number | null;
  readonly failure: { readonly code: string; readonly message: string; readonly retryable: boolean } | null;
  readonly allowedEvents: readonly string[];
}

export interface TransitionShape {
  readonly id: string;
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly version: number;
  readonly attemptId: string;
  readonly actor: string;
}

export const FILE_FIELDS = `fragment F on File {
  id state version attempts bytesReceived size failure { code message retryable } allowedEvents
}`;

const OUTCOME = `fragment O on TransitionFileResult {
  __typename
  ... on TransitionFileSuccess { replayed file { ...F } transition { id event from to version attemptId actor } }
  ... on TransitionRejected { code message attemptId allowedEvents file { ...F } }
  ... on RequestError { code message field }
} ${FILE_FIELDS}`;

const REGISTER = `mutation Register($input: RegisterFileInput!) { registerFile(input: $input) {
  __typename
  ... on RegisterFileSuccess { replayed file { ...F } }
  ... on RequestError { code message field }
} } ${FILE_FIELDS}`;

export async function register(url: string, input: Variables = {}): Promise<Result> {
  const defaults = { name: 'a file', transfer: 'EXTERNAL' };
  const data = await request<{ registerFile: Result }>(url, REGISTER, { input: { ...defaults, ...input } });
  return data.registerFile;
}

/** Registers a file and returns its id. */
export async function newFile(url: string, input: Variables = {}): Promise<string> {
  const { file, ...refusal } = await register(url, input);
  if (file === undefined) throw new Error(`not registered: ${JSON.stringify(refusal)}`);
  return file.id;
}

export async function transition(
  url: string,
  id: string,
  event: string,
  more: Variables = {},
  signal: AbortSignal | null = null,
): Promise<Result> {
  const query = `mutation T($input: TransitionFileInput!) { transitionFile(input: $input) { ...O } } ${OUTCOME}`;
  const data = await request<{ transitionFile: Result }>(url, query, { input: { id, event, ...more } }, signal);
  return data.transitionFile;
}

export async function transitions(url: string, input: readonly Variables[]): Promise<Result[]> {
  const query = `mutation T($input: [TransitionFileInput!]!) { transitionFiles(input: $input) { ...O } } ${OUTCOME}`;
  return (await request<{ transitionFiles: Result[] }>(url, query, { input })).transitionFiles;
}

/** A mutation named after an event, such as `startUpload`. */
export async function eventMutation(url: string, name: string, input: Variables): Promise<Result> {
  const query = `mutation T($input: FileEventInput!) { result: ${name}(input: $input) { ...O } } ${OUTCOME}`;
  return (await request<{ result: Result }>(url, query, { input })).result;
}

export async function readFile(url: string, id: string): Promise<FileShape | null> {
  const query = `query Q($id: ID!) { file(id: $id) { ...F } } ${FILE_FIELDS}`;
  return (await request<{ file: FileShape | null }>(url, query, { id })).file;
}

/** A graphql-ws client on a real WebSocket. Dispose of it. */
export function connect(url: string): Client {
  return createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
    retryAttempts: 0,
    // The subscriber receives the error; graphql-ws would print it as well.
    onNonLazyError: () => undefined,
  });
}

/** The payloads of a subscription, one by one; throws what the server answers as errors. */
export async function* subscribe<Data>(
  client: Client,
  query: string,
  variables: Variables = {},
): AsyncGenerator<Data, void> {
  for await (const { data, errors } of client.iterate<Data>({ query, variables })) {
    if (errors !== undefined) throw new SubscriptionError(errors);
    if (data != null) yield data;
  }
}

export class SubscriptionError extends Error {
  readonly errors: readonly GraphQLErrorShape[];

  constructor(errors: readonly GraphQLErrorShape[]) {
    super(JSON.stringify(errors));
    this.errors = errors;
  }
}
