// Who may do this with this file: whoever signs in and has the role for it, or whoever has a URL that was signed for it.
import type { IncomingMessage } from 'node:http';
import type { Authenticate } from '../auth/authenticate.ts';
import { type Action, may } from '../auth/permissions.ts';
import type { Principal } from '../auth/principal.ts';
import { Unauthenticated } from '../auth/unauthenticated.ts';
import type { SignedUrls, UrlAction } from '../auth/urls/signed-urls.ts';
import { authorizationOf } from './caller.ts';

export interface PrincipalOptions {
  readonly authenticate: Authenticate;
  /** Null where nobody signs in. */
  readonly urls: SignedUrls | null;
}

/** What is asked for. */
interface Asked {
  readonly action: Action;
  /** UUID; null when the request is about no file, or the id is malformed. */
  readonly fileId: string | null;
}

/**
 * Authorization decides where it is sent, so that a URL that was kept works after it has expired.
 * @returns 403 when the role does not permit it
 * @throws Unauthenticated, SignInUnavailable
 */
export async function principalOf(
  request: IncomingMessage,
  { action, fileId }: Asked,
  { authenticate, urls }: PrincipalOptions,
): Promise<Principal | 403> {
  const authorization = authorizationOf(request);
  const signature = signatureIn(request);
  // A proxy may add credentials of its own, of another scheme.
  const isBearer = /^bearer(?: |$)/i.test(authorization ?? '');
  if (urls !== null && signature !== null && !isBearer && fileId !== null && isSignable(action)) {
    return await urls.verify(signature, fileId, action);
  }
  const principal = await authenticate({ authorization });
  return may(principal, action) ? principal : 403;
}

const isSignable = (action: Action): action is UrlAction => action === 'read' || action === 'upload';

/** @throws Unauthenticated when there are several */
function signatureIn({ url = '' }: IncomingMessage): string | null {
  const at = url.indexOf('?');
  const given = at < 0 ? [] : new URLSearchParams(url.slice(at + 1)).getAll('signature');
  if (given.length > 1) throw new Unauthenticated('there are several signatures in a URL');
  return given[0] ?? null;
}
