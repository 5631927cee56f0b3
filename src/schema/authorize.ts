// Who sends a command. Whether the sender may was decided before (require-permissions.ts).
import type { Requester } from '../lifecycle/input.ts';
import type { GraphQLContext } from './context.ts';

/** Who sends a command, and the id of this attempt. */
export const toRequester = ({ principal, newId }: GraphQLContext): Requester => ({
  tenant: principal.tenant,
  actor: principal.subject,
  attemptId: newId(),
});
