// Who is asking. Every request has a principal, and every query is confined to its tenant.

export const ROLES = ['viewer', 'uploader', 'worker', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface Principal {
  readonly subject: string;
  readonly tenant: string;
  readonly roles: readonly Role[];
}

/** With WAYBILL_AUTH=none: everybody who reaches the port. */
export const LOCAL_PRINCIPAL: Principal = { subject: 'local', tenant: 'local', roles: ['admin'] };
