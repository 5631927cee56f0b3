// Sends queries and mutations: GraphQL over HTTP.
import { CursorLost, Refused, UnexpectedAnswer, Unreachable } from '../errors.ts';
import type { Document } from './document.ts';
import { type Server, credentialsOf } from './server.ts';

export interface GraphQLErrorShape {
  readonly message: string;
  readonly extensions?: {
    readonly code?: string;
    readonly oldestCursor?: string | null;
    readonly feedCursor?: string;
    readonly retryAfterSeconds?: number | null;
  };
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly GraphQLErrorShape[];
}

export type Variables = Readonly<Record<string, unknown>>;

const TIMEOUT_MS = 30_000;

/**
 * Sends one operation and returns its data.
 * @throws Unreachable, UnexpectedAnswer, Refused, or the signal's reason
 */
export async function request<Data>(
  server: Server,
  query: Document,
  variables: Variables,
  signal: AbortSignal,
): Promise<Data> {
  const response = await send(server, JSON.stringify({ query, variables }), signal);
  const { data, errors } = readAnswer<Data>(server.url, response);
  if (errors !== undefined && errors.length > 0) throw toError(errors);
  if (data == null) throw new UnexpectedAnswer(server.url, response.status, 'without data');
  return data;
}

interface Raw {
  readonly status: number;
  readonly statusText: string;
  readonly text: string;
}

async function send(server: Server, body: string, signal: AbortSignal): Promise<Raw> {
  const headers = { 'content-type': 'application/json', accept: 'application/json', ...credentialsOf(server) };
  const overdue = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.any([signal, overdue]),
    });
    return { status: response.status, statusText: response.statusText, text: await response.text() };
  } catch (error) {
    signal.throwIfAborted();
    const reason = overdue.aborted ? `no answer in ${TIMEOUT_MS / 1_000} s` : reasonOf(error);
    throw new Unreachable(server.url, reason, { cause: error });
  }
}

/** GraphQL over HTTP answers errors with 4xx and a body of the same shape; any other body does not come from Waybill. */
function readAnswer<Data>(url: string, { status, statusText, text }: Raw): Answer<Data> {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null && ('data' in answer || 'errors' in answer)) {
      return answer as Answer<Data>;
    }
  } catch {
    // Not JSON: reported below.
  }
  throw new UnexpectedAnswer(url, status, status === 200 ? 'something that is not GraphQL' : `${status} ${statusText}`);
}

const CURSOR_ERRORS = ['CURSOR_EXPIRED', 'FEED_FORKED', 'INVALID_CURSOR'];

/** The first error: the others follow from it. */
export function toError(errors: readonly GraphQLErrorShape[]): Refused | CursorLost {
  const [{ message, extensions = {} } = { message: 'the server gave no reason' }] = errors;
  const { code = 'GRAPHQL_ERROR', oldestCursor, feedCursor, retryAfterSeconds = null } = extensions;
  if (CURSOR_ERRORS.includes(code)) return new CursorLost(message, oldestCursor ?? feedCursor ?? null);
  return new Refused(code, message, null, retryAfterSeconds);
}

const NO_TLS = 'it does not speak TLS there; use http:// instead of https://';
const UNTRUSTED = 'its certificate is not trusted; name its CA with NODE_EXTRA_CA_CERTS=/path/to/ca.pem';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name could not be resolved',
  ETIMEDOUT: 'the connection timed out',
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
};

/** Describes a network error in words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : REASONS[code];
  if (known !== undefined) return known;
  // Node tried several addresses; the first error stands for all.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
