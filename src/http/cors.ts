// Cross-origin reading (https://fetch.spec.whatwg.org/#http-cors-protocol) for the allowed origins.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AllowedOrigins } from './origins.ts';

export interface CorsRules {
  readonly methods: string;
  /** Request headers beyond the safelisted ones; null allows whatever the preflight asks for. */
  readonly headers: string | null;
  /** Response headers that pages may read beyond the safelisted ones. */
  readonly exposed: string | null;
}

const PREFLIGHT_SECONDS = '600';

/** Lets pages of allowed origins read the answer; all other pages can neither read nor embed it. */
export function setCors(
  { headers: { origin } }: IncomingMessage,
  response: ServerResponse,
  allowed: AllowedOrigins,
  { exposed }: CorsRules,
): void {
  response.setHeader('vary', 'Authorization, Origin');
  const isAllowed = origin !== undefined && allowed.includes(origin);
  response.setHeader('cross-origin-resource-policy', isAllowed ? 'cross-origin' : 'same-origin');
  if (!isAllowed) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  if (exposed !== null) response.setHeader('access-control-expose-headers', exposed);
}

/** Answers OPTIONS. Call `setCors` first. */
export function sendOptions(request: IncomingMessage, response: ServerResponse, { methods, headers }: CorsRules): void {
  if (response.hasHeader('access-control-allow-origin')) {
    const allowed = headers ?? request.headers['access-control-request-headers'] ?? '';
    response.setHeader('access-control-allow-methods', methods);
    response.setHeader('access-control-allow-headers', allowed);
    response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
  }
  response.writeHead(204, { allow: methods }).end();
}
