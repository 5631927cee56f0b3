// Settings of the page: which applications may embed it, and where people sign in. README.md lists them; docs/auth.md explains
// them.
import { type Variable, oneOf, parseOrigins } from './config-values.ts';
import { StartupError } from './errors.ts';

/** Signing in at an OpenID provider: the authorization code flow with PKCE, of a public client. */
export interface OidcConfig {
  /** As the provider's discovery document names itself. */
  readonly issuer: string;
  readonly clientId: string;
  /** Separated by spaces. */
  readonly scope: string;
  /** Which of the provider's tokens is sent to this service. */
  readonly token: 'access' | 'id';
  /** Further parameters of its requests, as a query string. */
  readonly parameters: string;
  /** Of its endpoints, besides that of the issuer. */
  readonly origins: readonly string[];
}

export interface PageConfig {
  /** Of applications that may show the page in a frame, and hand over tokens. */
  readonly pageEmbedOrigins: readonly string[];
  /** null: the page asks for a token. */
  readonly oidc: OidcConfig | null;
}

/** http only for a provider on this machine (OpenID Connect Discovery 1.0, section 3: "using the https scheme"). */
function parseIssuer(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, search, hash } = new URL(text);
  const isLocal = protocol === 'http:' && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  return (protocol === 'https:' || isLocal) && search === '' && hash === '' ? text : undefined;
}

/** RFC 6749, appendix A.4. */
const parseScope = (text: string): string | undefined =>
  /^[\x21\x23-\x5b\x5d-\x7e ]+$/.test(text) && text.split(/ +/).includes('openid') ? text : undefined;

const parseParameters = (text: string): string | undefined =>
  /^[\w.~%*+:/@-]+=[^#\s]*$/.test(text) ? text : undefined;

const anyText = { allowed: 'any text', parse: (text: string) => text };
const origins = { allowed: 'origins such as https://app.example.com, separated by commas', parse: parseOrigins };

export const PAGE_VARIABLES = {
  pageEmbedOrigins: { name: 'WAYBILL_PAGE_EMBED_ORIGINS', ...origins },
  oidcIssuer: {
    name: 'WAYBILL_OIDC_ISSUER',
    allowed: 'an https:// URL without a query, or http:// on this machine',
    parse: parseIssuer,
  },
  oidcClientId: { name: 'WAYBILL_OIDC_CLIENT_ID', ...anyText },
  oidcScope: {
    name: 'WAYBILL_OIDC_SCOPE',
    allowed: 'scopes separated by spaces, openid among them',
    parse: parseScope,
  },
  oidcToken: { name: 'WAYBILL_OIDC_TOKEN', ...oneOf('access', 'id') },
  oidcParameters: {
    name: 'WAYBILL_OIDC_PARAMETERS',
    allowed: 'a query string such as audience=https://files.example.com',
    parse: parseParameters,
  },
  oidcOrigins: { name: 'WAYBILL_OIDC_ORIGINS', ...origins },
} as const satisfies Readonly<Record<string, Variable<unknown>>>;

type Get = <Value>(variable: Variable<Value>) => Value | undefined;

const fail = (message: string): never => {
  throw new StartupError('INVALID_CONFIGURATION', message);
};

/** @throws StartupError INVALID_CONFIGURATION */
export function readPageConfig(get: Get, auth: 'none' | 'jwt'): PageConfig {
  return { pageEmbedOrigins: get(PAGE_VARIABLES.pageEmbedOrigins) ?? [], oidc: readOidc(get, auth) };
}

function readOidc(get: Get, auth: 'none' | 'jwt'): OidcConfig | null {
  const issuer = get(PAGE_VARIABLES.oidcIssuer);
  const clientId = get(PAGE_VARIABLES.oidcClientId);
  if (issuer === undefined) return null;
  if (clientId === undefined) {
    return fail(
      'WAYBILL_OIDC_CLIENT_ID is not set; allowed with WAYBILL_OIDC_ISSUER: the id of the page at the provider',
    );
  }
  if (auth !== 'jwt') {
    fail('WAYBILL_OIDC_ISSUER is set, but nobody is asked to sign in; allowed: with WAYBILL_AUTH=jwt');
  }
  return {
    issuer,
    clientId,
    scope: get(PAGE_VARIABLES.oidcScope) ?? 'openid',
    token: get(PAGE_VARIABLES.oidcToken) ?? 'access',
    parameters: get(PAGE_VARIABLES.oidcParameters) ?? '',
    origins: get(PAGE_VARIABLES.oidcOrigins) ?? [],
  };
}
