// The end of a file: the row goes, the log stays and says so.
import type { File } from '../entities/file.ts';
import type { AnswerOf, RemoveCommand } from './commands.ts';
import { type Mover, type Unit, checkVersion, fileNotFound, findLocked, logChange, touch } from './unit.ts';

export function decideRemoval(unit: Unit, command: RemoveCommand): AnswerOf['remove'] {
  const file = findLocked(unit, command);
  if (file === undefined) return fileNotFound;
  const stale = checkVersion(command, file);
  if (stale !== undefined) return stale;
  removeFile(unit, command, file);
  return { outcome: 'removed', fileId: file.id };
}

/** Its segments stay behind without a file (src/entities/segment.ts), for the sweep. */
export function removeFile(unit: Unit, mover: Mover, file: File): void {
  touch(unit, file);
  logChange(unit, mover, file, { kind: 'DELETED', version: file.version + 1 });
  unit.writes.remove(file);
  unit.files.delete(file.id);
}
