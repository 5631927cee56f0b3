// The one form of credentials: `Bearer`, then a token or an API key (RFC 6750 section 2.1).
import { Unauthenticated } from './unauthenticated.ts';

/** Tokens of identity providers have 1 to 3 KiB. */
const MAX_LENGTH = 8 * 1_024;
const BEARER = /^bearer +([\w\-.~+/]+=*) *$/i;

/**
 * The token or key of an Authorization header.
 * @throws Unauthenticated
 */
export function readBearer(authorization: string | null): string {
  if (authorization === null || authorization === '') throw new Unauthenticated('there is no Authorization');
  if (authorization.length > MAX_LENGTH) {
    throw new Unauthenticated(`the Authorization has more than ${MAX_LENGTH} characters`);
  }
  const [, bearer] = BEARER.exec(authorization) ?? [];
  if (bearer === undefined) throw new Unauthenticated('the Authorization is not "Bearer" and one token');
  return bearer;
}
