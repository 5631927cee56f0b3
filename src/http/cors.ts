// Cross-origin reading (https://fetch.spec.whatwg.org/#http-cors-protocol) for the origins of WAYBILL_CORS_ORIGINS.
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface CorsRules {
  readonly methods: string;
  /** Request headers beyond the safelisted ones. */
  readonly headers: string;
  /** Response headers that pages may see. */
  readonly exposed: string;
}

const PREFLIGHT_SECONDS = '600';

/** Says who may read the answer; to everybody else's pages it is closed, embedding included. */
export function setCors(
  { headers: { origin } }: IncomingMessage,
  response: ServerResponse,
  origins: readonly string[],
  { exposed }: CorsRules,
): void {
  response.setHeader('vary', 'Authorization, Origin');
  const isAllowed = origin !== undefined && origins.includes(origin);
  response.setHeader('cross-origin-resource-policy', isAllowed ? 'cross-origin' : 'same-origin');
  if (!isAllowed) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('access-control-expose-headers', exposed);
}

/** Answers OPTIONS, after `setCors`. */
export function sendOptions(response: ServerResponse, { methods, headers }: CorsRules): void {
  if (response.hasHeader('access-control-allow-origin')) {
    response.setHeader('access-control-allow-methods', methods);
    response.setHeader('access-control-allow-headers', headers);
    response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
  }
  response.writeHead(204, { allow: methods }).end();
}
