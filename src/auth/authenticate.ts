// Turns the credentials of a request into its principal.
import type { ApiKeys } from './keys/api-keys.ts';
import { looksLikeKey } from './keys/key-text.ts';
import { readBearer } from './bearer.ts';
import { LOCAL_PRINCIPAL, type Principal } from './principal.ts';
import type { Tokens } from './tokens/tokens.ts';

/** The Authorization header of a request, or `authorization` in the payload of a connection_init. */
export interface Credentials {
  readonly authorization: string | null;
}

/** @throws Unauthenticated, SignInUnavailable */
export type Authenticate = (credentials: Credentials) => Promise<Principal>;

/** WAYBILL_AUTH=none: every request is made by the local principal, whatever its credentials. */
export const authenticateAsLocal: Authenticate = () => Promise.resolve(LOCAL_PRINCIPAL);

/** WAYBILL_AUTH=jwt: a token, or an API key in its place. */
export function createAuthenticate(tokens: Tokens, keys: ApiKeys): Authenticate {
  return async ({ authorization }) => {
    const bearer = readBearer(authorization);
    return looksLikeKey(bearer) ? await keys.authenticate(bearer) : await tokens.verify(bearer);
  };
}
