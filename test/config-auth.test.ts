// The settings of sign-in: what is refused at start, in words that help and without the secret, and what is taken.
import { describe, expect, it } from 'vitest';
import { type JwtConfig, parseClaims } from '../src/config-auth.ts';
import { readConfig } from '../src/config.ts';
import { StartupError } from '../src/errors.ts';

const SECRET = 'x'.repeat(32);
const JWT = { WAYBILL_AUTH: 'jwt', WAYBILL_JWT_SECRET: SECRET };
const JWKS = { WAYBILL_AUTH: 'jwt', WAYBILL_JWKS_URL: 'https://id.example.com/keys' };
const NAMES = { WAYBILL_JWT_ISSUER: 'https://id.example.com', WAYBILL_JWT_AUDIENCE: 'files' };

function refusal(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError);
    return (error as StartupError).message;
  }
  throw new Error(`not refused: ${JSON.stringify(environment)}`);
}

const jwtOf = (environment: Record<string, string>): JwtConfig => readConfig(environment).jwt!;

describe('sign-in', () => {
  it.each(['0.0.0.0', '::', '192.168.0.5', 'files.example.com', '128.0.0.1', '127.0.0.1.example.com'])(
    'must be decided on before HOST %s is listened on',
    (host) => {
      const message = refusal({ HOST: host });
      expect(message).toContain('WAYBILL_AUTH is not set');
      expect(message).toContain(JSON.stringify(host));
      expect(message).toMatch(/allowed: none .*jwt .*loopback/);
      expect(readConfig({ HOST: host, WAYBILL_AUTH: 'none' })).toMatchObject({ host, auth: 'none' });
      expect(readConfig({ HOST: host, ...JWT })).toMatchObject({ host, auth: 'jwt' });
    },
  );

  it('with tokens needs to know how they are checked: by a secret or by a key set, not by both', () => {
    expect(refusal({ WAYBILL_AUTH: 'jwt' })).toMatch(/WAYBILL_JWT_SECRET or WAYBILL_JWKS_URL/);
    expect(refusal({ ...JWT, ...JWKS, ...NAMES })).toMatch(/both set/);
    expect(jwtOf(JWT)).toMatchObject({ secret: Buffer.from(SECRET), jwksUrl: null });
    expect(jwtOf({ ...JWKS, ...NAMES })).toMatchObject({ secret: null, jwksUrl: 'https://id.example.com/keys' });
  });

  it('by a key set needs issuer and audience', () => {
    for (const [name, value] of Object.entries(NAMES)) {
      const other = name === 'WAYBILL_JWT_ISSUER' ? 'WAYBILL_JWT_AUDIENCE' : 'WAYBILL_JWT_ISSUER';
      expect(refusal({ ...JWKS, [name]: value })).toContain(`${other} is not set`);
    }
  });

  it('is not left off by mistake: a key without WAYBILL_AUTH is refused, WAYBILL_AUTH=none is the word for it', () => {
    expect(refusal({ WAYBILL_JWT_SECRET: SECRET })).toMatch(/^WAYBILL_JWT_SECRET is set, but WAYBILL_AUTH is not/);
    expect(refusal({ WAYBILL_JWKS_URL: JWKS.WAYBILL_JWKS_URL })).toMatch(/^WAYBILL_JWKS_URL is set/);
    expect(readConfig({ WAYBILL_JWT_SECRET: SECRET, WAYBILL_AUTH: 'none' }).auth).toBe('none');
  });

  it('shows no secret in a refusal', () => {
    const message = refusal({ WAYBILL_AUTH: 'jwt', WAYBILL_JWT_SECRET: 'too short' });
    expect(message).toMatch(/^WAYBILL_JWT_SECRET holds 9 bytes; allowed: at least 32/);
    expect(message).not.toContain('too short');
    const misspelt = refusal({ WAYBILL_JWT_SECRETS: SECRET });
    expect(misspelt).toContain('WAYBILL_JWT_SECRETS');
    expect(misspelt).not.toContain(SECRET);
  });
});

describe('WAYBILL_JWT_CLAIMS', () => {
  it('is by default what the contract says, with a tenant and a role for tokens that name none', () => {
    expect(jwtOf(JWT)).toMatchObject({
      claims: { subject: { claim: 'sub' }, tenant: { claim: 'tenant' }, roles: { claim: 'roles' } },
      defaultTenant: 'default',
      defaultRole: 'viewer',
    });
  });

  it('holds tokens to what it names itself, unless a default is set', () => {
    const given = { ...JWT, WAYBILL_JWT_CLAIMS: 'tenant=org_id, roles = realm_access.roles' };
    expect(jwtOf(given)).toMatchObject({
      claims: { subject: { claim: 'sub' }, tenant: { claim: 'org_id' }, roles: { claim: 'realm_access.roles' } },
      defaultTenant: null,
      defaultRole: null,
    });
    const defaults = { WAYBILL_JWT_DEFAULT_TENANT: 'main', WAYBILL_JWT_DEFAULT_ROLE: 'uploader' };
    expect(jwtOf({ ...given, ...defaults })).toMatchObject({ defaultTenant: 'main', defaultRole: 'uploader' });
  });

  it.each([
    ['tenant="main"', { tenant: { constant: 'main' } }],
    [
      'roles="viewer, uploader",subject=email',
      { roles: { constant: 'viewer, uploader' }, subject: { claim: 'email' } },
    ],
    ['roles=https://example.com/roles', { roles: { claim: 'https://example.com/roles' } }],
    [
      'roles=cognito:groups,tenant=custom:tenant',
      { roles: { claim: 'cognito:groups' }, tenant: { claim: 'custom:tenant' } },
    ],
    ['tenant=o.id,', { tenant: { claim: 'o.id' } }],
  ])('%s is taken', (text, claims) => {
    expect(parseClaims(text)).toEqual(claims);
  });

  it.each([
    'user=sub',
    'tenant',
    'tenant=',
    'tenant=a,tenant=b',
    'tenant="a',
    'tenant=a b',
    'roles="root"',
    'roles=""',
    ',',
    'a',
  ])('%j is refused', (text) => {
    expect(parseClaims(text)).toBeUndefined();
    expect(refusal({ ...JWT, WAYBILL_JWT_CLAIMS: text })).toMatch(/^WAYBILL_JWT_CLAIMS holds .*allowed: subject/);
  });
});

it.each([
  ['WAYBILL_JWKS_ALLOW', '10.0.0.0/33', 'address ranges'],
  ['WAYBILL_JWKS_ALLOW', 'intranet', 'address ranges'],
  ['WAYBILL_JWKS_URL', 'ftp://id.example.com', 'http'],
  ['WAYBILL_JWT_DEFAULT_ROLE', 'root', 'viewer, uploader, worker, admin'],
  ['WAYBILL_URL_TTL', '0', '15m'],
])('%s=%s is refused', (name, value, allowed) => {
  const message = refusal({ [name]: value });
  expect(message).toContain(`${name} holds ${JSON.stringify(value)}`);
  expect(message).toContain(allowed);
});
