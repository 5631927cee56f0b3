// Who may do what, in one table.
import type { Principal, Role } from './principal.ts';

export type Action = 'read' | 'register' | 'upload' | 'transition' | 'report_progress' | 'delete';

const GRANTS: Readonly<Record<Role, Readonly<Record<Action, boolean>>>> = {
  viewer: { read: true, register: false, upload: false, transition: false, report_progress: false, delete: false },
  uploader: { read: true, register: true, upload: true, transition: true, report_progress: true, delete: true },
  worker: { read: true, register: false, upload: false, transition: true, report_progress: true, delete: false },
  admin: { read: true, register: true, upload: true, transition: true, report_progress: true, delete: true },
};

export function may(principal: Principal, action: Action): boolean {
  return principal.roles.some((role) => GRANTS[role][action]);
}
