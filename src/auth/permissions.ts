// Which role may do what. What each field and each HTTP route needs is in needs.ts.
import type { Principal, Role } from './principal.ts';

/** `process`: take files and work on them; `steer_processing`: cancel it, or have it done again;
 * `operate`: see what the service is doing. */
export type Action =
  | 'read'
  | 'register'
  | 'upload'
  | 'transition'
  | 'report_progress'
  | 'delete'
  | 'process'
  | 'steer_processing'
  | 'manage_keys'
  | 'manage_webhooks'
  | 'operate';

const MOVES = ['read', 'transition', 'report_progress'] as const;
const UPLOADS = [...MOVES, 'register', 'upload', 'delete', 'steer_processing'] as const;

const GRANTS: Readonly<Record<Role, readonly Action[]>> = {
  viewer: ['read'],
  uploader: UPLOADS,
  worker: [...MOVES, 'process'],
  admin: [...UPLOADS, 'process', 'manage_keys', 'manage_webhooks', 'operate'],
};

export function may({ roles }: Principal, action: Action): boolean {
  return roles.some((role) => GRANTS[role].includes(action));
}
