// From the claims of a token that was verified to a principal (WAYBILL_JWT_CLAIMS).
import { type ClaimName, type ClaimSource, type JwtConfig, ROLES, type Role } from '../../config-auth.ts';
import { nameFault, subjectFault } from '../names.ts';
import type { Principal } from '../principal.ts';
import { Unauthenticated } from '../unauthenticated.ts';

export type Claims = Readonly<Record<string, unknown>>;

type Mapping = Pick<JwtConfig, 'claims' | 'defaultTenant' | 'defaultRole'>;

const isObject = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The value at a path. The whole path is tried as a name first, then ever shorter beginnings of it: names of claims may
 * contain dots themselves, such as https://example.com/roles.
 */
export function claimAt(claims: Claims, path: string): unknown {
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const name = path.slice(0, end);
    const value = Object.hasOwn(claims, name) ? (claims[name] ?? undefined) : undefined;
    if (value === undefined) continue;
    if (end === path.length) return value;
    const found = isObject(value) ? claimAt(value, path.slice(end + 1)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @throws Unauthenticated */
export function principalOf(claims: Claims, { claims: sources, defaultTenant, defaultRole }: Mapping): Principal {
  const subject = read(claims, sources.subject);
  const tenant = only(read(claims, sources.tenant)) ?? defaultTenant ?? missing('tenant', sources.tenant);
  requireFit('subject', sources.subject, subject === undefined ? 'is missing' : subjectFault(subject));
  requireFit('tenant', sources.tenant, nameFault(tenant));
  const given = read(claims, sources.roles);
  const roles = given === undefined ? defaultRoles(defaultRole, sources.roles) : rolesOf(given, sources.roles);
  return { subject: subject as string, tenant: tenant as string, roles };
}

const read = (claims: Claims, source: ClaimSource): unknown =>
  'constant' in source ? source.constant : claimAt(claims, source.claim);

/** A list of one organisation is that organisation. */
const only = (value: unknown): unknown => (Array.isArray(value) && value.length === 1 ? value[0] : value);

function requireFit(name: ClaimName, source: ClaimSource, fault: string | null): void {
  if (fault !== null) throw new Unauthenticated(`the ${name} (${describe(source)}) ${fault}`);
}

const missing = (name: ClaimName, source: ClaimSource): never => {
  throw new Unauthenticated(`the ${name} (${describe(source)}) is missing`);
};

const describe = (source: ClaimSource): string => ('constant' in source ? 'a constant' : `claim ${source.claim}`);

const defaultRoles = (role: Role | null, source: ClaimSource): readonly Role[] =>
  role === null ? missing('roles', source) : [role];

/** Names that are not ours are passed over, because providers add roles of their own; but one must be ours. */
function rolesOf(given: unknown, source: ClaimSource): readonly Role[] {
  const names: unknown[] = typeof given === 'string' ? given.split(/[\s,]+/) : Array.isArray(given) ? given : [];
  const roles = ROLES.filter((role) => names.some((name) => typeof name === 'string' && name.toLowerCase() === role));
  if (roles.length > 0) return roles;
  throw new Unauthenticated(`the roles (${describe(source)}) name none of ${ROLES.join(', ')}`);
}
