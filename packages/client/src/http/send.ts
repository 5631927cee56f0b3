// Sends one operation once: GraphQL over HTTP.
import { type ErrorShape, WaybillError, fromGraphQL } from '../errors.ts';
import { linkSignals, reasonOf } from '../wait.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Endpoint {
  /** Of the server, without a trailing slash. */
  readonly url: string;
  readonly fetch: Fetch;
  /** The value of the Authorization header; undefined: none. */
  readonly authorization: () => Promise<string | undefined>;
  /** Ends everything. */
  readonly closing: AbortSignal;
}

export type Variables = Readonly<Record<string, unknown>>;

const TIMEOUT_MS = 30_000;

/** @throws WaybillError, or the reason of the signal */
export async function send<Result>(
  { url, fetch, authorization, closing }: Endpoint,
  query: string,
  variables: Variables,
  signal: AbortSignal | undefined,
): Promise<Result> {
  const { controller, release } = linkSignals([closing, signal]);
  const overdue = createOverdue();
  const timer = setTimeout(() => controller.abort(overdue), TIMEOUT_MS);
  try {
    const credentials = await unlessAborted(authorization(), controller.signal);
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(credentials !== undefined && { authorization: credentials }),
      },
      body: JSON.stringify({ query, variables }),
      signal: controller.signal,
    });
    return readAnswer(response, await response.text()) as Result;
  } catch (error) {
    if (error instanceof WaybillError) throw error;
    if (controller.signal.aborted) throw reasonOf(controller.signal);
    throw new WaybillError('NETWORK', 'The server, or whatever gives the token, cannot be reached.', { cause: error });
  } finally {
    clearTimeout(timer);
    release();
  }
}

function createOverdue(): WaybillError {
  const text = `no answer in ${TIMEOUT_MS / 1_000} s`;
  return new WaybillError('NETWORK', `There was ${text}.`, { cause: new DOMException(text, 'TimeoutError') });
}

/** @throws the reason of the signal, or what the promise rejects with */
function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(reasonOf(signal));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

const executed = new WeakSet<Error>();

/** Whether the operation may have been carried out in part although it failed. */
export const wasExecuted = (error: Error): boolean => executed.has(error);

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly ErrorShape[];
}

/** @throws WaybillError */
function readAnswer(response: Response, text: string): unknown {
  const { status } = response;
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'));
  const { data, errors } = parse(text);
  if (errors !== undefined && errors.length > 0) {
    const error = fromGraphQL(errors, retryAfterMs);
    // "If an error was raised before execution begins, the data entry must not be present" (GraphQL, section 7.1).
    if (data !== undefined) executed.add(error);
    throw error;
  }
  if (data != null) return data;
  const code = status === 401 ? 'UNAUTHENTICATED' : 'UNEXPECTED_ANSWER';
  throw new WaybillError(code, `The server answered ${status} without a result.`, {
    retryAfterMs,
    extensions: { status, statusText: response.statusText },
  });
}

/** A body that is not GraphQL comes from a proxy. */
function parse(text: string): Answer {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
export function readRetryAfter(header: string | null): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1_000;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
