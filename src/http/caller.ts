// Who calls, under which request id, and whether a browser page of another origin is behind it.
import type { IncomingMessage } from 'node:http';
import type { Authenticate } from '../auth/authenticate.ts';
import type { Caller } from './yoga.ts';

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The id a proxy has given the request (X-Request-Id), or a new one. */
export function requestIdOf(request: IncomingMessage, newId: () => string): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
}

export async function callerOf(
  request: IncomingMessage,
  authenticate: Authenticate,
  newId: () => string,
  authorization: string | null = request.headers.authorization ?? null,
): Promise<Caller> {
  return { principal: await authenticate({ authorization }), requestId: requestIdOf(request, newId) };
}

/**
 * Whether the page that sent the request may: it is ours or was allowed. Browsers send Origin with every cross-origin
 * POST and with every WebSocket handshake (RFC 6454; RFC 6455 section 10.2), and a loopback server without sign-in is
 * within reach of every page its user visits.
 */
export function isAllowedOrigin(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
