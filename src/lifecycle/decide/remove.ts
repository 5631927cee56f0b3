// A removal: the file's row goes, its log stays and records it.
import type { File } from '../../entities/file.ts';
import type { AnswerOf, RemoveCommand } from '../commands.ts';
import { type Attribution, type Batch, findLocked, logChange, touch } from '../batch/batch.ts';
import { checkVersion, fileNotFound } from './refusals.ts';

export function decideRemoval(batch: Batch, command: RemoveCommand): AnswerOf['remove'] {
  const file = findLocked(batch, command);
  if (file === undefined) return fileNotFound;
  const stale = checkVersion(command, file);
  if (stale !== undefined) return stale;
  removeFile(batch, command, file);
  return { outcome: 'removed', fileId: file.id };
}

/** Its segments stay without a file (src/entities/segment.ts) until the sweep removes them. */
export function removeFile(batch: Batch, by: Attribution, file: File): void {
  touch(batch, file);
  logChange(batch, by, file, { kind: 'DELETED', version: file.version + 1 });
  batch.writes.remove(file);
  batch.files.delete(file.id);
}
