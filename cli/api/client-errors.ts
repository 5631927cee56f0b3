// Errors of @waybill/client as the command line says them.
import { WaybillError } from '../../packages/client/src/index.ts';
import { CursorLost, Refused, UnexpectedAnswer, Unreachable } from '../errors.ts';
import { reasonOf } from '../network-reason.ts';

const LOST_CURSORS = ['CURSOR_EXPIRED', 'FEED_FORKED', 'INVALID_CURSOR'];
/** The WebSocket was closed with these (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md). */
const CLOSE_CODES: Readonly<Record<number, string>> = { 4401: 'UNAUTHORIZED', 4403: 'FORBIDDEN' };

interface Extensions {
  /** Of an answer that is not GraphQL. */
  readonly status?: number;
  readonly statusText?: string;
  readonly closeCode?: number;
  readonly oldestCursor?: string | null;
  readonly feedCursor?: string;
}

/** @returns Unreachable, UnexpectedAnswer, Refused or CursorLost; what is none of the client's as it is */
export function toCliError(url: string, error: unknown): Error {
  if (!(error instanceof WaybillError)) return error instanceof Error ? error : new Error(String(error));
  const { code, message, retryAfterMs } = error;
  const { status, closeCode, oldestCursor, feedCursor } = error.extensions as Extensions;
  const retryAfterSeconds = retryAfterMs === null ? null : retryAfterMs / 1_000;
  if (code === 'NETWORK') return new Unreachable(url, reasonOfNetwork(error), { cause: error });
  if (typeof status === 'number') {
    return new UnexpectedAnswer(url, status, describeAnswer(error), status === 429 ? retryAfterSeconds : null);
  }
  if (LOST_CURSORS.includes(code)) return new CursorLost(message, oldestCursor ?? feedCursor ?? null);
  return new Refused(CLOSE_CODES[closeCode ?? 0] ?? code, message, null, retryAfterSeconds);
}

function reasonOfNetwork({ cause }: WaybillError): string {
  if (cause === undefined) return 'the connection broke';
  // Of a WebSocket it is an event.
  const { error = cause } = cause as { readonly error?: unknown };
  return reasonOf(error);
}

function describeAnswer({ extensions }: WaybillError): string {
  const { status, statusText } = extensions as Extensions;
  if (statusText === undefined) return `${status} instead of a WebSocket`;
  return status === 200 ? 'something that is not GraphQL' : `${status} ${statusText}`;
}
