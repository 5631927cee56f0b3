// Who calls: the principal, the request id, and the base of the URLs the caller is given.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticate } from '../auth/authenticate.ts';
import type { SignedUrls } from '../auth/urls/signed-urls.ts';
import type { LiveRights } from '../auth/rights.ts';
import { Unauthenticated } from '../auth/unauthenticated.ts';
import type { Caller } from '../schema/context.ts';
import type { BaseUrlOf } from './base-url.ts';
import { watchDeparture } from './departure.ts';
import type { SignIn } from './sign-in.ts';

export interface CallerOptions {
  readonly authenticate: Authenticate;
  readonly signIn: SignIn;
  readonly rights: LiveRights;
  readonly urls: SignedUrls | null;
  readonly newId: () => string;
  readonly baseUrlOf: BaseUrlOf;
}

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The id a proxy has given the request (X-Request-Id). */
export function givenRequestId({ headers }: IncomingMessage): string | null {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : null;
}

/**
 * The Authorization header. Node keeps the first of several, and a proxy in front may have looked at the last.
 * @throws Unauthenticated
 */
export function authorizationOf({ headers, rawHeaders }: IncomingMessage): string | null {
  const { authorization = null } = headers;
  if (authorization === null) return null;
  const names = rawHeaders.filter((_text, at) => at % 2 === 0);
  const isSingle = names.filter((name) => name.length === 13 && name.toLowerCase() === 'authorization').length === 1;
  if (!isSingle) throw new Unauthenticated('there are several Authorization headers');
  return authorization;
}

/**
 * The caller of an HTTP request. Each request counts as a connection of its own, which may carry Last-Event-ID.
 * @throws Unauthenticated, SignInUnavailable
 */
export async function callerOf(
  request: IncomingMessage,
  response: ServerResponse,
  { authenticate, rights, newId, baseUrlOf, urls }: Omit<CallerOptions, 'signIn'>,
): Promise<Caller> {
  const { 'last-event-id': lastEventId } = request.headers;
  const principal = await authenticate({ authorization: authorizationOf(request) });
  return {
    principal,
    requestId: givenRequestId(request) ?? newId(),
    baseUrl: baseUrlOf(request),
    connection: { subscriptions: 0 },
    right: null,
    urls,
    lastEventId: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : null,
    signal: watchDeparture(response, (onEnd) => rights.watch(principal, onEnd)),
  };
}
