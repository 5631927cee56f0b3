// Asks the permission table before anything is looked up, so that the answer says nothing about what exists.
import type { Action } from '../auth/permissions.ts';
import { may } from '../auth/permissions.ts';
import type { Origin } from '../lifecycle/commands.ts';
import type { GraphQLContext } from './context.ts';
import { RequestError } from './types/errors.ts';

/**
 * @returns where the request comes from, for the commands made of it
 * @throws RequestError FORBIDDEN
 */
export function authorize({ principal }: GraphQLContext, action: Action): Origin {
  if (!may(principal, action)) {
    throw new RequestError('FORBIDDEN', `Your roles (${principal.roles.join(', ')}) do not allow this.`);
  }
  return { tenant: principal.tenant, actor: principal.subject };
}
