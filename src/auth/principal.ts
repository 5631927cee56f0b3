// Who makes a request. Every request has a principal, and every query is confined to the principal's tenant.

import type { Role } from '../config-auth.ts';

export { ROLES, type Role } from '../config-auth.ts';

export interface Principal {
  readonly subject: string;
  readonly tenant: string;
  readonly roles: readonly Role[];
  /** When the right ends by itself: milliseconds since 1970, by the clock of the database. */
  readonly expiresAt?: number;
  /** The API key (UUID) that the right comes from, and with which it can be taken back. */
  readonly keyId?: string;
}

/** The principal of every request with WAYBILL_AUTH=none. */
export const LOCAL_PRINCIPAL: Principal = { subject: 'local', tenant: 'local', roles: ['admin'] };
