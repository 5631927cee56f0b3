// Who calls, under which request id, and whether a browser page of another origin is behind it.
import type { IncomingMessage } from 'node:http';
import type { Authenticate } from '../auth/authenticate.ts';
import type { Caller } from '../schema/context.ts';
import type { BaseUrlOf } from './base-url.ts';

/** What it takes to tell. */
export interface Reception {
  readonly authenticate: Authenticate;
  readonly newId: () => string;
  readonly baseUrlOf: BaseUrlOf;
}

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The id a proxy has given the request (X-Request-Id). */
export function givenRequestId({ headers }: IncomingMessage): string | null {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : null;
}

/** The caller of an HTTP request: a connection of its own, which may come back with Last-Event-ID. */
export async function callerOf(
  request: IncomingMessage,
  { authenticate, newId, baseUrlOf }: Reception,
): Promise<Caller> {
  const { authorization = null, 'last-event-id': lastEventId } = request.headers;
  return {
    principal: await authenticate({ authorization }),
    requestId: givenRequestId(request) ?? newId(),
    baseUrl: baseUrlOf(request),
    connection: { subscriptions: 0 },
    lastEventId: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : null,
  };
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
