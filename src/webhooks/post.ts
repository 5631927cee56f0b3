// Sends one message to a receiver, within bounds: to addresses that were checked when the connection was made, for a limited
// time, without redirects, and reading little of the answer. Never throws: what went wrong is the outcome.
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent as TlsAgent, request as requestHttps } from 'node:https';
import type { BlockList } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import { type Resolve, checkedLookup, namedAddressFault } from '../auth/tokens/public-addresses.ts';
import { rulesOf } from './address.ts';
import { retryAfterMs } from './backoff.ts';

export interface FailedOutcome {
  readonly isDelivered: false;
  /** Null: no answer came. */
  readonly status: number | null;
  /** In words, for the owner of the webhook. */
  readonly error: string;
  /** What the receiver asked for. */
  readonly retryAfterMs: number | null;
}

export type Outcome = { readonly isDelivered: true; readonly status: number } | FailedOutcome;

export interface PosterOptions {
  readonly url: string;
  readonly allow: BlockList;
  readonly timeoutMs: number;
  /** Requests at once. */
  readonly connections: number;
  readonly resolve?: Resolve | undefined;
}

/** Of an answer, which nobody reads. More closes the connection. */
const MAX_ANSWER_BYTES = 65_536;
const IDLE_MS = 30_000;

/** To one receiver: no connection is shared with another webhook. */
export class Poster {
  readonly #options: PosterOptions;
  readonly #url: URL;
  readonly #agent: Agent;
  readonly #send: typeof requestHttp;
  /** What all requests have in common. */
  readonly #request: RequestOptions;

  constructor(options: PosterOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
    const keepAlive = { keepAlive: true, maxSockets: options.connections, timeout: IDLE_MS };
    const isTls = this.#url.protocol === 'https:';
    this.#agent = isTls ? new TlsAgent(keepAlive) : new Agent(keepAlive);
    this.#send = isTls ? requestHttps : requestHttp;
    const lookup = checkedLookup(rulesOf(this.#url, options.allow), options.resolve);
    this.#request = { ...urlToHttpOptions(this.#url), method: 'POST', agent: this.#agent, lookup };
  }

  close(): void {
    this.#agent.destroy();
  }

  async post(headers: Readonly<Record<string, string>>, body: string): Promise<Outcome> {
    // No name is looked up for an address.
    if (namedAddressFault(rulesOf(this.#url, this.#options.allow)) !== null) return failed(ADDRESS_REFUSED);
    const first = await this.#once(headers, body);
    // The receiver closed a connection that it had kept open, in the moment in which it was used again.
    return first === STALE ? notStale(await this.#once(headers, body)) : first;
  }

  #once(headers: Readonly<Record<string, string>>, body: string): Promise<Outcome | typeof STALE> {
    const { timeoutMs } = this.#options;
    return new Promise((resolve) => {
      const request = this.#send({
        ...this.#request,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      });
      const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)), timeoutMs);
      request.once('close', () => clearTimeout(timer));
      request.once('response', (response) => {
        discard(response, request);
        resolve(outcomeOf(response));
      });
      // After an answer the connection may still fail.
      request.on('error', (error) => resolve(isStale(request, error) ? STALE : failed(describe(error))));
      // As text: head and body then leave in one write.
      request.end(body);
    });
  }
}

const STALE = Symbol('stale');
const ADDRESS_REFUSED = 'the address is one that this service does not send to';

const notStale = (outcome: Outcome | typeof STALE): Outcome =>
  outcome === STALE ? failed('the connection was closed') : outcome;

const failed = (error: string): FailedOutcome => ({ isDelivered: false, status: null, error, retryAfterMs: null });

const isStale = ({ reusedSocket }: ClientRequest, { code }: NodeJS.ErrnoException): boolean =>
  reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');

/** Reads on, so that the connection can be used again, but not for ever: the timer of the request goes on as well. */
function discard(response: IncomingMessage, request: ClientRequest): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) request.destroy();
  });
  response.on('error', () => undefined);
}

function outcomeOf({ statusCode: status = 0, headers }: IncomingMessage): Outcome {
  if (status >= 200 && status < 300) return { isDelivered: true, status };
  const isRedirect = status >= 300 && status < 400;
  return {
    isDelivered: false,
    status,
    error: isRedirect ? `status ${status}; redirects are not followed` : `status ${status}`,
    retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host could not be looked up',
  ETIMEDOUT: 'no connection within the time limit',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  HPE_HEADER_OVERFLOW: 'the headers of the answer are too long',
};

/** What a stranger may read: no address of this network is named. */
function describe(error: NodeJS.ErrnoException): string {
  const { code = '', message } = error;
  const known = REASONS[code];
  if (known !== undefined) return known;
  if (message.includes('WAYBILL_WEBHOOK_ALLOW')) return ADDRESS_REFUSED;
  if (code.startsWith('HPE_')) return 'the answer is not HTTP';
  return /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_|SELF_SIGNED_|DEPTH_ZERO_)/.test(code) ? `TLS: ${code}` : message;
}
