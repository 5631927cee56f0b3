// The settings of sign-in: who checks tokens, what a token must say, and how long signed URLs work. config.ts reads them
// together with all others.
import { BlockList } from 'node:net';
import { type Variable, duration, oneOf, parseRanges, parseUrl } from './config-values.ts';
import { StartupError } from './errors.ts';

export const ROLES = ['viewer', 'uploader', 'worker', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Where a value comes from: a claim of the token, by name or path, or the same value for every token. */
export type ClaimSource = { readonly claim: string } | { readonly constant: string };

export type ClaimName = 'subject' | 'tenant' | 'roles';

export interface JwtConfig {
  /** HS256; null with a JWKS. */
  readonly secret: Buffer | null;
  /** RS256, ES256 and EdDSA; null with a secret. */
  readonly jwksUrl: string | null;
  /** Private addresses from which a JWKS may come although a name leads there. */
  readonly jwksAllow: BlockList;
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly claims: Readonly<Record<ClaimName, ClaimSource>>;
  /** For a token without the claim; null: such a token is refused. */
  readonly defaultTenant: string | null;
  readonly defaultRole: Role | null;
}

export interface AuthConfig {
  readonly auth: 'none' | 'jwt';
  /** Set exactly with `jwt`. */
  readonly jwt: JwtConfig | null;
  /** How long signed URLs work. */
  readonly urlTtlMs: number;
}

type Claims = Readonly<Partial<Record<ClaimName, ClaimSource>>>;

const DEFAULT_CLAIMS = { subject: { claim: 'sub' }, tenant: { claim: 'tenant' }, roles: { claim: 'roles' } };

const CLAIM = /\s*(subject|tenant|roles)\s*=\s*(?:"([^"]*)"|([^",\s]+))\s*(?:,|$)/y;

/** Undefined for anything but distinct names, each with a claim or a quoted constant. */
export function parseClaims(text: string): Claims | undefined {
  const claims: Partial<Record<ClaimName, ClaimSource>> = {};
  CLAIM.lastIndex = 0;
  while (CLAIM.lastIndex < text.length) {
    const [, name, constant, claim] = CLAIM.exec(text) ?? [];
    if (name === undefined || Object.hasOwn(claims, name)) return undefined;
    claims[name as ClaimName] = claim === undefined ? { constant: constant ?? '' } : { claim };
  }
  const { roles } = claims;
  const isKnown = roles === undefined || !('constant' in roles) || parseRoles(roles.constant) !== null;
  return isKnown ? claims : undefined;
}

/** Roles in a text, separated by spaces or commas, in any case. Null if one of them does not exist, or none is named. */
export function parseRoles(text: string): readonly Role[] | null {
  const names = text.split(/[\s,]+/).filter((name) => name !== '');
  const roles = names.flatMap((name) => ROLES.find((role) => role === name.toLowerCase()) ?? []);
  return names.length > 0 && roles.length === names.length ? [...new Set(roles)] : null;
}

const anyText = { allowed: 'any text', parse: (text: string) => text };

export const AUTH_VARIABLES = {
  auth: { name: 'WAYBILL_AUTH', ...oneOf('none', 'jwt') },
  jwtSecret: { name: 'WAYBILL_JWT_SECRET', ...anyText },
  jwksUrl: {
    name: 'WAYBILL_JWKS_URL',
    allowed: 'an http(s) URL',
    parse: parseUrl('http:', 'https:'),
  },
  jwksAllow: {
    name: 'WAYBILL_JWKS_ALLOW',
    allowed: 'address ranges such as 10.0.0.0/8, separated by commas',
    parse: parseRanges,
  },
  jwtIssuer: { name: 'WAYBILL_JWT_ISSUER', ...anyText },
  jwtAudience: { name: 'WAYBILL_JWT_AUDIENCE', ...anyText },
  jwtClaims: {
    name: 'WAYBILL_JWT_CLAIMS',
    allowed: `subject, tenant and roles, each =claim or ="constant", such as subject=sub,tenant=org.id,roles="viewer"; roles: ${ROLES.join(', ')}`,
    parse: parseClaims,
  },
  jwtDefaultTenant: { name: 'WAYBILL_JWT_DEFAULT_TENANT', ...anyText },
  jwtDefaultRole: { name: 'WAYBILL_JWT_DEFAULT_ROLE', ...oneOf(...ROLES) },
  urlTtlMs: { name: 'WAYBILL_URL_TTL', ...duration },
} as const satisfies Readonly<Record<string, Variable<unknown>>>;

/** Reads one variable; undefined when it is unset. */
export type Get = <Value>(variable: Variable<Value>) => Value | undefined;

const fail = (message: string): never => {
  throw new StartupError('INVALID_CONFIGURATION', message);
};

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);

// RFC 7518 section 3.2: "A key of the same size as the hash output or larger MUST be used".
const MIN_SECRET_BYTES = 32;
const HOUR_MS = 3_600_000;

/** @throws StartupError INVALID_CONFIGURATION */
export function readAuthConfig(get: Get, host: string): AuthConfig {
  const urlTtlMs = get(AUTH_VARIABLES.urlTtlMs) ?? HOUR_MS;
  const auth = get(AUTH_VARIABLES.auth);
  // Read whether or not it is used: a mistake in it is refused now, and not on the day it is switched on.
  const jwt = readJwt(get);
  if (auth === 'jwt') return { auth, jwt: requireKey(jwt), urlTtlMs };
  if (auth === undefined) requireDecision(jwt, host);
  return { auth: 'none', jwt: null, urlTtlMs };
}

function requireDecision({ secret, jwksUrl }: JwtConfig, host: string): void {
  if (secret !== null || jwksUrl !== null) {
    const name = secret === null ? AUTH_VARIABLES.jwksUrl.name : AUTH_VARIABLES.jwtSecret.name;
    fail(`${name} is set, but WAYBILL_AUTH is not, so nobody would be asked to sign in; allowed: jwt, none`);
  }
  if (isLoopback(host)) return;
  fail(
    `WAYBILL_AUTH is not set and HOST holds ${JSON.stringify(host)}, which others can reach; allowed: none ` +
      '(anyone who can reach the port may do anything), jwt (with WAYBILL_JWT_SECRET or WAYBILL_JWKS_URL), or a ' +
      'loopback HOST',
  );
}

function requireKey(jwt: JwtConfig): JwtConfig {
  if (jwt.secret !== null && jwt.jwksUrl !== null) {
    // One token could then be checked in two ways, which is how an RSA key gets used as an HMAC secret.
    fail('WAYBILL_JWT_SECRET and WAYBILL_JWKS_URL are both set; allowed with WAYBILL_AUTH=jwt: one of them');
  }
  if (jwt.secret === null && jwt.jwksUrl === null) {
    fail(
      'WAYBILL_AUTH holds "jwt", but nothing says how tokens are checked; allowed: with WAYBILL_JWT_SECRET or WAYBILL_JWKS_URL',
    );
  }
  if (jwt.jwksUrl !== null && (jwt.issuer === null || jwt.audience === null)) {
    const missing = jwt.issuer === null ? AUTH_VARIABLES.jwtIssuer.name : AUTH_VARIABLES.jwtAudience.name;
    fail(
      `${missing} is not set; allowed with WAYBILL_JWKS_URL: what a token must name, as the same keys sign tokens for other services`,
    );
  }
  return jwt;
}

/** The secret itself never goes into a message. */
function readSecret(get: Get): Buffer | null {
  const text = get(AUTH_VARIABLES.jwtSecret);
  if (text === undefined) return null;
  const secret = Buffer.from(text);
  if (secret.length < MIN_SECRET_BYTES) {
    fail(
      `WAYBILL_JWT_SECRET holds ${secret.length} bytes; allowed: at least ${MIN_SECRET_BYTES}, such as from "openssl rand -hex 32"`,
    );
  }
  return secret;
}

/**
 * What the operator's own mapping names, a token must have: with a typing error in `tenant=`, a default would put everybody
 * into one tenant. What it leaves out has a default.
 */
function readJwt(get: Get): JwtConfig {
  const given: Claims = get(AUTH_VARIABLES.jwtClaims) ?? {};
  return {
    secret: readSecret(get),
    jwksUrl: get(AUTH_VARIABLES.jwksUrl) ?? null,
    jwksAllow: get(AUTH_VARIABLES.jwksAllow) ?? new BlockList(),
    issuer: get(AUTH_VARIABLES.jwtIssuer) ?? null,
    audience: get(AUTH_VARIABLES.jwtAudience) ?? null,
    claims: { ...DEFAULT_CLAIMS, ...given },
    defaultTenant: get(AUTH_VARIABLES.jwtDefaultTenant) ?? (given.tenant === undefined ? 'default' : null),
    defaultRole: get(AUTH_VARIABLES.jwtDefaultRole) ?? (given.roles === undefined ? 'viewer' : null),
  };
}
