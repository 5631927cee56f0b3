// The table of who may do what, read as users of it would.
import { expect, it } from 'vitest';
import { type Action, may } from '../../src/auth/permissions.ts';
import { LOCAL_PRINCIPAL, ROLES, type Role } from '../../src/auth/principal.ts';

const ACTIONS: readonly Action[] = ['read', 'register', 'transition', 'report_progress', 'delete'];

const allowed = (...roles: Role[]): Action[] =>
  ACTIONS.filter((action) => may({ subject: 's', tenant: 't', roles }, action));

it('everybody with a role may read, and only read as a viewer', () => {
  for (const role of ROLES) expect(allowed(role)).toContain('read');
  expect(allowed('viewer')).toEqual(['read']);
});

it('a worker moves files on, but neither makes nor deletes them', () => {
  expect(allowed('worker')).toEqual(['read', 'transition', 'report_progress']);
});

it('roles add up, and without any nothing is allowed', () => {
  expect(allowed('viewer', 'worker')).toEqual(allowed('worker'));
  expect(allowed()).toEqual([]);
});

it('the local principal may do everything', () => {
  expect(allowed(...LOCAL_PRINCIPAL.roles)).toEqual([...ACTIONS]);
});
