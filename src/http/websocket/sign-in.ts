// Signs in a WebSocket with what its connection_init carries, and again with what a later ping carries.
import type { LiveRights } from '../../auth/rights.ts';
import { RightEnded } from '../../auth/rights.ts';
import type { Principal } from '../../auth/principal.ts';
import { Unauthenticated } from '../../auth/unauthenticated.ts';
import type { CallerOptions } from '../caller.ts';
import type { SocketCaps } from './caps.ts';
import type { SocketContext } from './connection.ts';

type Payload = Readonly<Record<string, unknown>> | undefined;

export interface SocketSignInOptions extends Pick<CallerOptions, 'authenticate' | 'signIn'> {
  readonly rights: LiveRights;
  readonly caps: SocketCaps;
}

/** Forbidden, of graphql-transport-ws. Clients of graphql-ws connect again after it, and ask for a token anew. */
const FORBIDDEN = 4403;
/** RFC 6455 section 7.4.1: try again later. Clients of graphql-ws do. */
const TRY_AGAIN = 1013;

/**
 * The credentials in the payload of a message, under `authorization` in any spelling: GraphiQL sends its headers.
 * @throws Unauthenticated when there are several
 */
function authorizationIn(payload: Payload): string | null {
  const names = Object.keys(payload ?? {}).filter((name) => name.toLowerCase() === 'authorization');
  if (names.length > 1) throw new Unauthenticated('there are several authorizations in the message');
  const value = names[0] === undefined ? null : payload?.[names[0]];
  return typeof value === 'string' ? value : null;
}

/** @returns false closes the socket with 4403 */
export async function signInSocket(
  extra: SocketContext,
  payload: Payload,
  { authenticate, signIn, rights, caps }: SocketSignInOptions,
): Promise<boolean> {
  try {
    const principal = await authenticate({ authorization: authorizationIn(payload) });
    // It may have been closed while the database was asked.
    if (extra.isClosed()) return false;
    const leave = caps.takeOf(principal);
    if (leave === null) {
      extra.close(TRY_AGAIN, `This principal already has ${caps.perPrincipal} WebSockets`);
      return false;
    }
    extra.leave = leave;
    extra.right = rights.watch(principal, () => extra.close(FORBIDDEN, new RightEnded().message));
    extra.principal = principal;
    return true;
  } catch (error) {
    const refusal = signIn.refusalOf(error, extra.address, extra.requestId);
    if (refusal === null) throw error;
    if (refusal.status === 503) extra.close(TRY_AGAIN, refusal.message);
    return false;
  }
}

function renew(extra: SocketContext, principal: Principal, turn: number): void {
  extra.renewals.done = turn;
  extra.principal = principal;
  extra.right?.renew(principal);
}

/**
 * A ping may carry a fresh `authorization` of the same principal: its subscriptions go on where they are. The protocol
 * allows one connection_init, and leaves the payload of a ping to us.
 * @returns the payload of the pong: `expiresAt` of the new right, or the code UNAVAILABLE when it could not be checked
 */
export async function renewSocket(
  extra: SocketContext,
  payload: Payload,
  { authenticate, signIn }: Omit<SocketSignInOptions, 'caps'>,
): Promise<Record<string, unknown> | undefined> {
  const { principal } = extra;
  try {
    const authorization = authorizationIn(payload);
    if (authorization === null || principal === undefined) return payload;
    const turn = (extra.renewals.begun += 1);
    const next = await authenticate({ authorization });
    if (next.subject !== principal.subject || next.tenant !== principal.tenant) {
      throw new Unauthenticated('a ping brought the authorization of another principal');
    }
    // Not where a later ping was checked sooner: the right of that one is the newer.
    if (turn > extra.renewals.done) renew(extra, next, turn);
    const { expiresAt } = extra.principal ?? next;
    return { expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString() };
  } catch (error) {
    const refusal = signIn.refusalOf(error, extra.address, extra.requestId);
    if (refusal === null) throw error;
    if (refusal.status === 503) return { code: refusal.code };
    extra.close(FORBIDDEN, 'Forbidden');
    return undefined;
  }
}
