// The text that a worker sends with COMPLETE_PROCESSING. It is stored before the command is sent, under the token of the
// lease: it counts only once the file is INDEXED by that lease.
import type { TransitionCommand } from '../../lifecycle/commands.ts';
import type { GraphQLContext } from '../context.ts';
import type { Refusal } from '../request-error.ts';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

export async function stageFoundText(
  text: string,
  command: TransitionCommand | Refusal,
  { stageText }: GraphQLContext,
): Promise<void> {
  if ('outcome' in command || stageText === null) return;
  const { tenant, fileId, leaseToken } = command;
  // What is no UUID is the token of no lease, as the command will be told.
  if (leaseToken !== null && UUID.test(leaseToken)) await stageText({ tenant, fileId, token: leaseToken, text });
}
