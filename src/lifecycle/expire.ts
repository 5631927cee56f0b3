// A deadline has passed, or seems to have: looked at again under the row's lock, by the database's clock. Bytes do not
// write a new deadline each time they come; one that is found too early is put off here to where they have moved it.
import { DEADLINES } from '../fsm/deadlines.ts';
import type { AnswerOf, ExpireCommand } from './commands.ts';
import { moveOurselves } from './move.ts';
import { removeFile } from './remove.ts';
import { type Unit, deadlineOf, fileNotFound, findLocked } from './unit.ts';

export function decideExpiry(unit: Unit, command: ExpireCommand): AnswerOf['expire'] {
  const file = findLocked(unit, command);
  if (file === undefined) return fileNotFound;
  const deadline = DEADLINES[file.state];
  const dueAt = deadlineOf(unit, file);
  if (deadline === null || dueAt === null || dueAt > unit.now) {
    file.dueAt = dueAt;
    return { outcome: 'kept' };
  }
  if (deadline.outcome === 'remove') removeFile(unit, command, file);
  else moveOurselves(unit, file, 'deadlines', deadline.outcome.event, deadline.outcome.failure);
  return { outcome: 'expired' };
}
