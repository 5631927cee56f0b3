// From claims to a principal, with the tokens of the providers that docs/auth.md names.
import { describe, expect, it } from 'vitest';
import { claimAt, principalOf } from '../../../src/auth/tokens/claims.ts';
import { Unauthenticated } from '../../../src/auth/unauthenticated.ts';
import { readConfig } from '../../../src/config.ts';

const mapping = (claims?: string, more: Record<string, string> = {}) => {
  const given = claims === undefined ? {} : { WAYBILL_JWT_CLAIMS: claims };
  return readConfig({ WAYBILL_AUTH: 'jwt', WAYBILL_JWT_SECRET: 'x'.repeat(32), ...given, ...more }).jwt!;
};

function reasonOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(Unauthenticated);
    expect((error as Unauthenticated).message).toBe('A valid token or API key is required.');
    return (error as Unauthenticated).reason;
  }
  throw new Error('not refused');
}

describe('a path', () => {
  const claims = { a: { b: { c: 1 }, 'b.c': 2 }, 'a.b': { c: 3 }, 'https://x.io/y.z': { id: 4 }, n: null };
  it.each([
    ['a.b.c', 3],
    ['https://x.io/y.z.id', 4],
    ['a.b', { c: 3 }],
    ['a.x', undefined],
    ['n', undefined],
    ['n.x', undefined],
    ['toString', undefined],
    ['a.constructor', undefined],
    ['a.', undefined],
    ['', undefined],
  ])('%s is %j', (path, value) => {
    expect(claimAt(claims, path)).toEqual(value);
  });
});

const PROVIDERS: readonly (readonly [string, string, object, object])[] = [
  [
    'Auth0',
    'tenant=org_id,roles=permissions',
    {
      sub: 'auth0|5f7c8ec7c33c6c004bbafe82',
      org_id: 'org_9ybsU1dN2dKfDkBi',
      permissions: ['uploader'],
      scope: 'openid',
    },
    { subject: 'auth0|5f7c8ec7c33c6c004bbafe82', tenant: 'org_9ybsU1dN2dKfDkBi', roles: ['uploader'] },
  ],
  [
    'Clerk',
    'tenant=o.id,roles=waybill_roles',
    { sub: 'user_2NNEqL2nrIRdJ194ndJqAHwEfxC', o: { id: 'org_2', rol: 'member' }, waybill_roles: 'uploader' },
    { subject: 'user_2NNEqL2nrIRdJ194ndJqAHwEfxC', tenant: 'org_2', roles: ['uploader'] },
  ],
  [
    'Keycloak',
    'tenant=organization,roles=resource_access.waybill.roles',
    {
      sub: '8d5c1f0e-5f2f-4c43-8a2d-1d0f3b8f4a11',
      organization: ['acme'],
      realm_access: { roles: ['offline_access', 'uma_authorization'] },
      resource_access: { waybill: { roles: ['worker', 'offline_access'] } },
    },
    { subject: '8d5c1f0e-5f2f-4c43-8a2d-1d0f3b8f4a11', tenant: 'acme', roles: ['worker'] },
  ],
  [
    'Supabase',
    'tenant=app_metadata.tenant,roles=app_metadata.roles',
    { sub: 'a1', role: 'authenticated', app_metadata: { provider: 'email', tenant: 'acme', roles: ['admin'] } },
    { subject: 'a1', tenant: 'acme', roles: ['admin'] },
  ],
  [
    'Cognito',
    'tenant=custom:tenant,roles=cognito:groups',
    { sub: 'c1', 'custom:tenant': 'acme', 'cognito:groups': ['Uploader', 'staff'], token_use: 'id' },
    { subject: 'c1', tenant: 'acme', roles: ['uploader'] },
  ],
];

it.each(PROVIDERS)('a token of %s is understood with %s', (_name, claims, token, principal) => {
  expect(principalOf(token as Record<string, unknown>, mapping(claims))).toEqual(principal);
});

it('a constant stands for every token', () => {
  const constants = mapping('tenant="main",roles="viewer uploader"');
  const principal = { subject: 'a', tenant: 'main', roles: ['viewer', 'uploader'] };
  expect(principalOf({ sub: 'a', tenant: 'other', roles: ['admin'] }, constants)).toEqual(principal);
});

describe('what a token leaves out', () => {
  it('has a default where the mapping does not name it', () => {
    expect(principalOf({ sub: 'a' }, mapping())).toEqual({ subject: 'a', tenant: 'default', roles: ['viewer'] });
    expect(principalOf({ sub: 'a' }, mapping('subject=sub'))).toMatchObject({ tenant: 'default', roles: ['viewer'] });
    const defaults = { WAYBILL_JWT_DEFAULT_TENANT: 'main', WAYBILL_JWT_DEFAULT_ROLE: 'uploader' };
    expect(principalOf({ sub: 'a' }, mapping(undefined, defaults))).toMatchObject({
      tenant: 'main',
      roles: ['uploader'],
    });
  });

  it('is missed where the mapping names it: a typing error must not put everybody into one tenant', () => {
    const claims = mapping('tenant=org_id,roles=groups');
    expect(reasonOf(() => principalOf({ sub: 'a', groups: ['viewer'] }, claims))).toBe(
      'the tenant (claim org_id) is missing',
    );
    expect(reasonOf(() => principalOf({ sub: 'a', org_id: 'o' }, claims))).toBe('the roles (claim groups) is missing');
  });
});

it.each([
  [{}, 'the subject (claim sub) is missing'],
  [{ sub: '' }, 'the subject (claim sub) is empty'],
  [{ sub: 7 }, 'the subject (claim sub) is a value of type number, not a text'],
  [{ sub: 'System:uploads' }, 'the subject (claim sub) begins like a name of this service'],
  [{ sub: 'apikey_1' }, 'the subject (claim sub) begins like a name of this service'],
  [{ sub: 'a', tenant: 'a\0b' }, 'the tenant (claim tenant) contains a control character'],
  [{ sub: 'a', tenant: '\ud800' }, 'the tenant (claim tenant) contains a control character'],
  [{ sub: 'a', tenant: ['a', 'b'] }, 'the tenant (claim tenant) is a value of type array, not a text'],
  [{ sub: 'a', tenant: 'x'.repeat(10_000) }, 'the tenant (claim tenant) has 10000 characters; at most 255 are allowed'],
  [{ sub: 'a', roles: ['root'] }, 'the roles (claim roles) name none of viewer, uploader, worker, admin'],
  [{ sub: 'a', roles: [] }, 'the roles (claim roles) name none of viewer, uploader, worker, admin'],
  [{ sub: 'a', roles: { admin: true } }, 'the roles (claim roles) name none of viewer, uploader, worker, admin'],
])('%j is refused, and the log says why', (claims, reason) => {
  expect(reasonOf(() => principalOf(claims, mapping()))).toBe(reason);
});
