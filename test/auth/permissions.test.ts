// The table of who may do what, read as users of it would.
import { expect, it } from 'vitest';
import { type Action, may } from '../../src/auth/permissions.ts';
import { LOCAL_PRINCIPAL, ROLES, type Role } from '../../src/auth/principal.ts';

const ACTIONS: readonly Action[] = [
  'read',
  'register',
  'transition',
  'report_progress',
  'delete',
  'process',
  'steer_processing',
];

const allowed = (...roles: Role[]): Action[] =>
  ACTIONS.filter((action) => may({ subject: 's', tenant: 't', roles }, action));

it('everybody with a role may read, and only read as a viewer', () => {
  for (const role of ROLES) expect(allowed(role)).toContain('read');
  expect(allowed('viewer')).toEqual(['read']);
});

it('a worker takes files and moves them on, but neither makes nor deletes them', () => {
  expect(allowed('worker')).toEqual(['read', 'transition', 'report_progress', 'process']);
});

it('an uploader may steer processing, but takes no file to work on', () => {
  expect(ACTIONS.filter((action) => !allowed('uploader').includes(action))).toEqual(['process']);
});

it('roles add up, and without any nothing is allowed', () => {
  expect(allowed('viewer', 'worker')).toEqual(allowed('worker'));
  expect(allowed()).toEqual([]);
});

it('the local principal may do everything', () => {
  expect(allowed(...LOCAL_PRINCIPAL.roles)).toEqual([...ACTIONS]);
});
