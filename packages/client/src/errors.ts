// The one error that everything in this package throws or shows.
import type { ErrorCode } from './generated/operations.ts';

/**
 * Codes that are not the server's refusals:
 * - NETWORK: no answer came, so what the server did is not known;
 * - CLOSED: the client was closed;
 * - UNAUTHENTICATED: sign in again;
 * - WEBSOCKET_MISSING: there is no WebSocket here, and none was given;
 * - UNEXPECTED_ANSWER: what answered is not Waybill, or a proxy in front of it failed;
 * - the others are codes of GraphQL errors (docs/frontend.md); there may be more than are named here.
 */
export type WaybillErrorCode =
  | ErrorCode
  | 'NETWORK'
  | 'CLOSED'
  | 'UNAUTHENTICATED'
  | 'WEBSOCKET_MISSING'
  | 'UNEXPECTED_ANSWER'
  | 'CURSOR_EXPIRED'
  | 'INVALID_CURSOR'
  | 'FEED_FORKED'
  | 'TOO_MANY_SUBSCRIPTIONS'
  | 'BAD_USER_INPUT'
  | 'INTERNAL'
  // Any other text, while the known ones are still offered by editors.
  | (string & {});

/** What more is known of an error. */
export interface ErrorDetails {
  /** As the server said it; null: it did not. */
  readonly retryAfterMs?: number | null;
  /** The extensions of the GraphQL error, or the refusal as it was answered. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Of a mutation: send it again with this key. */
  readonly idempotencyKey?: string | undefined;
  readonly cause?: unknown;
}

export class WaybillError extends Error {
  override readonly name = 'WaybillError';
  readonly code: WaybillErrorCode;
  readonly retryAfterMs: number | null;
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | undefined;

  constructor(code: WaybillErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.extensions = details.extensions ?? {};
    this.idempotencyKey = details.idempotencyKey;
  }
}

/** Whatever was thrown. */
export const toWaybillError = (cause: unknown): WaybillError =>
  cause instanceof WaybillError ? cause : new WaybillError('INTERNAL', String(cause), { cause });

/** Nothing was done, and the same request may succeed later. */
export const REFUSED_FOR_NOW: ReadonlySet<string> = new Set(['FILE_BUSY', 'UNAVAILABLE', 'RATE_LIMITED']);

const TRANSIENT: ReadonlySet<string> = new Set([...REFUSED_FOR_NOW, 'NETWORK', 'TOO_MANY_SUBSCRIPTIONS']);

/** Whether the same request may succeed later, though not whether it had an effect. */
export const isTransient = ({ code, extensions }: WaybillError): boolean =>
  TRANSIENT.has(code) || (code === 'UNEXPECTED_ANSWER' && isPassing(Number(extensions['status'])));

const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

export interface ErrorShape {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** The first of the errors of an answer: the others follow from it. */
export function fromGraphQL(errors: readonly ErrorShape[], retryAfterMs: number | null = null): WaybillError {
  const [{ message, extensions = {} } = { message: 'The server gave no reason.' }] = errors;
  const { code = 'GRAPHQL_ERROR', retryAfterSeconds } = extensions;
  return new WaybillError(String(code), message, {
    retryAfterMs: typeof retryAfterSeconds === 'number' ? retryAfterSeconds * 1_000 : retryAfterMs,
    extensions,
  });
}
