// The end of a file: the row goes, the log stays and says so.
import type { AnswerOf, RemoveCommand } from './commands.ts';
import { type Unit, checkVersion, fileNotFound, findLocked, logChange, touch } from './unit.ts';

export function decideRemoval(unit: Unit, command: RemoveCommand): AnswerOf['remove'] {
  const file = findLocked(unit, command);
  if (file === undefined) return fileNotFound;
  const stale = checkVersion(command, file);
  if (stale !== undefined) return stale;
  touch(unit, file);
  logChange(unit, command, file, { kind: 'DELETED', version: file.version + 1 });
  unit.em.remove(file);
  unit.files.delete(file.id);
  return { outcome: 'removed', fileId: file.id };
}
