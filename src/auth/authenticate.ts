// Turns what a request carries into a principal. Until tokens can be checked there is only one.
import { LOCAL_PRINCIPAL, type Principal } from './principal.ts';

/** What a request shows of its sender: an Authorization header, or `authorization` in a connection_init payload. */
export interface Credentials {
  readonly authorization: string | null;
}

export type Authenticate = (credentials: Credentials) => Promise<Principal>;

/** WAYBILL_AUTH=none: whoever reaches the port is the local principal, whatever they carry. */
export const authenticateNobody: Authenticate = () => Promise.resolve(LOCAL_PRINCIPAL);
