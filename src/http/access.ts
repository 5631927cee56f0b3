// Which requests are refused before anything else is done with them: those under a foreign Host, and those of pages of
// foreign origins. The same for HTTP and WebSocket.
import type { IncomingMessage } from 'node:http';
import type { Logger } from '../log.ts';
import { type IsServedHost, isHost, isLoopbackAddress } from './hosts.ts';
import { LogLimit } from './log-limit.ts';
import { type AllowedOrigins, isAllowedOrigin } from './origins.ts';
import { type Handler, send } from './respond.ts';

export interface AccessOptions {
  readonly origins: AllowedOrigins;
  /** null serves every host. */
  readonly isServedHost: IsServedHost | null;
  readonly log: Logger;
}

export interface Refusal {
  readonly status: 400 | 403;
  /** Names the setting that would allow the request. */
  readonly reason: string;
}

const MAX_SHOWN = 200;

export class Access {
  readonly #options: AccessOptions;
  readonly #lines: LogLimit;

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#lines = new LogLimit();
  }

  /** Null when the request may be handled. A refusal is logged, each once a minute. */
  refuse(request: IncomingMessage): Refusal | null {
    const { host = '', origin } = request.headers;
    const { isServedHost, origins } = this.#options;
    // Browsers always send a Host, so no page can leave it out.
    if (host !== '' && !isHost(host)) return { status: 400, reason: 'The Host header is not a valid host.' };
    if (host !== '' && isServedHost?.(host) === false) {
      return this.#refuse(`The host ${shorten(host)}`, hostSettings(shorten(host)));
    }
    if (isAllowedOrigin(request, origins)) return null;
    return this.#refuse(`The origin ${shorten(origin ?? '')}`, ORIGIN_SETTINGS);
  }

  /** Says in the log what requests from other machines will meet. @param host that the server listens at */
  announce(host: string): void {
    const { isServedHost, log } = this.#options;
    if (isServedHost === null || isServedHost.publicName !== null || isLoopbackAddress(host)) return;
    log.info(
      { host },
      'others can reach this server, but without sign-in (WAYBILL_AUTH=none) it answers under loopback names only: set ' +
        'WAYBILL_PUBLIC_URL to the URL at which clients reach it',
    );
  }

  /** The handler, behind the check. */
  guard(handler: Handler): Handler {
    return (request, response) => {
      const refusal = this.refuse(request);
      if (refusal === null) return handler(request, response);
      response.setHeader('cross-origin-resource-policy', 'same-origin');
      send(response, refusal.status, refusal.reason);
    };
  }

  #refuse(what: string, settings: string): Refusal {
    const reason = `${what} is not allowed. ${settings}`;
    if (this.#lines.allows(what)) this.#options.log.warn(reason);
    return { status: 403, reason };
  }
}

const hostSettings = (host: string): string =>
  'Without sign-in (WAYBILL_AUTH=none) only loopback names are served, and the host of WAYBILL_PUBLIC_URL. ' +
  `If it is the name of this server, set WAYBILL_PUBLIC_URL=http://${host} (https:// behind a proxy with TLS), and start it again.`;

const ORIGIN_SETTINGS =
  'If it is that of another application of yours, add it to WAYBILL_CORS_ORIGINS. If it is the address of this server behind a proxy, set WAYBILL_PUBLIC_URL to it, or have the proxy forward the Host header.';

const shorten = (text: string): string => (text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`);
