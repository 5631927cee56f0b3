// Why a subscription has ended.
import { type ErrorShape, WaybillError, fromGraphQL } from '../errors.ts';

interface Closing {
  readonly code: number;
  readonly reason: string;
}

const isClosing = (reason: unknown): reason is Closing =>
  typeof reason === 'object' && reason !== null && 'code' in reason && 'reason' in reason;

/** graphql-ws ends a subscription with GraphQL errors, a close event, or what else has failed. */
export function toSocketError(reason: unknown): WaybillError {
  if (reason instanceof WaybillError) return reason;
  if (Array.isArray(reason)) return fromGraphQL(reason as ErrorShape[]);
  if (!isClosing(reason)) return fromBroken(reason);
  const { code, reason: text } = reason;
  const extensions = { closeCode: code };
  if (code === 4403 || code === 4401) {
    return new WaybillError('UNAUTHENTICATED', text || 'Sign in again.', { extensions });
  }
  if (code === 4400 || code === 4004 || code === 4406) {
    return new WaybillError('UNEXPECTED_ANSWER', `The WebSocket was closed with ${code} ${text}`, {
      extensions: { ...extensions, status: 400 },
    });
  }
  return new WaybillError('NETWORK', `The connection broke (${code} ${text}).`, { extensions });
}

/** Only `ws` tells what was answered instead; a browser says nothing. */
function fromBroken(cause: unknown): WaybillError {
  const { message } = (cause ?? {}) as { readonly message?: unknown };
  const [, status] = /^Unexpected server response: (\d+)/.exec(String(message)) ?? [];
  if (status === undefined) return new WaybillError('NETWORK', 'The connection broke.', { cause });
  const extensions = { status: Number(status) };
  const code = status === '401' ? 'UNAUTHENTICATED' : 'UNEXPECTED_ANSWER';
  return new WaybillError(code, `The WebSocket was answered with ${status}.`, { cause, extensions });
}
