// What the page may do, and what it is told of the server it comes from.
import type { Config } from '../../config.ts';

export type PageSettings = Pick<Config, 'auth' | 'graphiql' | 'pageEmbedOrigins' | 'oidc'>;

export const REPORTS_PATH = '/csp-reports';

/**
 * Nothing inline, nothing of another host but the provider at which people sign in, and no frames: uploaded content is shown
 * as images, sounds, films, plain text, and PDF that is drawn.
 */
function policyOf({ pageEmbedOrigins, oidc }: PageSettings): string {
  const provider = oidc === null ? [] : new Set([new URL(oidc.issuer).origin, ...oidc.origins]);
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "media-src 'self'",
    ["connect-src 'self'", ...provider].join(' '),
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${pageEmbedOrigins.length === 0 ? "'none'" : pageEmbedOrigins.join(' ')}`,
    "require-trusted-types-for 'script'",
    // Relative, since a proxy may serve us below a path. Not report-to: it is sent up to a minute later, never by a page that
    // came by http, and browsers that know it pass over this one.
    `report-uri ${REPORTS_PATH.slice(1)}`,
  ].join('; ');
}

/** What does not change with the coding of the body. */
export const headersOf = (settings: PageSettings): Record<string, string> => ({
  'content-type': 'text/html; charset=utf-8',
  // Browsers ask each time whether it is still the same, and get a 304.
  'cache-control': 'no-cache',
  'content-security-policy': policyOf(settings),
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  // It cannot name origins; frame-ancestors does.
  ...(settings.pageEmbedOrigins.length === 0 && { 'x-frame-options': 'DENY' }),
});

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '"': '&quot;', '<': '&lt;', '>': '&gt;' };

/** Data attributes of the root element, so that nothing is inline and nothing is asked for first. */
export function attributesOf({ auth, graphiql, pageEmbedOrigins, oidc }: PageSettings): string {
  const told: Record<string, string> = { auth, graphiql: graphiql ? 'on' : 'off' };
  if (pageEmbedOrigins.length > 0) told['embed'] = pageEmbedOrigins.join(' ');
  if (oidc !== null) {
    const { issuer, clientId, scope, token, parameters } = oidc;
    told['oidc'] = JSON.stringify({ issuer, clientId, scope, token, parameters });
  }
  const escape = (text: string): string => text.replaceAll(/[&"<>]/g, (each) => ENTITIES[each]!);
  return Object.entries(told)
    .map(([name, value]) => `data-${name}="${escape(value)}"`)
    .join(' ');
}
