// What a client hears when its credentials are not accepted, and what the log says of it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SignInUnavailable, Unauthenticated } from '../auth/unauthenticated.ts';
import type { Logger } from '../log.ts';
import { LogLimit } from './log-limit.ts';
import { send } from './respond.ts';

/** A refused sign-in, as each transport can say it. */
export interface SignInRefusal {
  readonly status: 401 | 503;
  readonly code: 'UNAUTHENTICATED' | 'UNAVAILABLE';
  readonly message: string;
}

export const isSignInError = (error: unknown): error is SignInUnavailable | Unauthenticated =>
  error instanceof SignInUnavailable || error instanceof Unauthenticated;

/** Long enough for a restart of the database, short enough for a person who waits. */
export const RETRY_AFTER_S = 2;

export class SignIn {
  readonly #log: Logger;
  readonly #lines = new LogLimit();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Null for any other error. A refusal is logged, each kind once a minute. */
  refusalOf(error: unknown, address: string | undefined, requestId: string | null): SignInRefusal | null {
    if (error instanceof SignInUnavailable) return { status: 503, code: error.code, message: error.message };
    if (!(error instanceof Unauthenticated)) return null;
    const { code, message, reason } = error;
    // Without what is in parentheses, which whoever made the token has chosen: it must not fill the log.
    if (this.#lines.allows(reason.split(' (', 1)[0]!)) {
      this.#log.warn({ reason, address, requestId }, 'credentials were refused');
    }
    return { status: 401, code, message };
  }

  /**
   * Answers in plain text.
   * @throws the error, if it is another
   */
  refuse(error: unknown, request: IncomingMessage, response: ServerResponse, requestId: string | null): void {
    const refusal = this.refusalOf(error, request.socket.remoteAddress, requestId);
    if (refusal === null) throw error;
    setRefusalHeaders(request, response, refusal);
    send(response, refusal.status, refusal.message);
  }

  /**
   * Answers as GraphQL does.
   * @throws the error, if it is another
   */
  refuseGraphQL(error: unknown, request: IncomingMessage, response: ServerResponse, requestId: string | null): void {
    const refusal = this.refusalOf(error, request.socket.remoteAddress, requestId);
    if (refusal === null) throw error;
    const { status, message, code } = refusal;
    setRefusalHeaders(request, response, refusal);
    const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
    send(response, status, body, 'application/json; charset=utf-8');
  }
}

function setRefusalHeaders(request: IncomingMessage, response: ServerResponse, { status }: SignInRefusal): void {
  // RFC 6750 section 3. Without an error code, which would tell what was wrong with the token.
  if (status === 401) response.setHeader('www-authenticate', 'Bearer');
  else response.setHeader('retry-after', RETRY_AFTER_S);
  // What is left of the body will not be read: the connection cannot carry another request.
  if (!request.complete) response.setHeader('connection', 'close');
}
