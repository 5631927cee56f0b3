// How far an EXTERNAL upload has come, by its client's word. Progress is on the row, never in the log: newest wins.
import { snapshotOf } from '../entities/file-snapshot.ts';
import type { AnswerOf, ProgressCommand } from './commands.ts';
import { type Unit, fileNotFound, findLocked, reject, touch } from './unit.ts';

export function decideProgress(unit: Unit, command: ProgressCommand): AnswerOf['progress'] {
  const file = findLocked(unit, command);
  if (file === undefined) return fileNotFound;
  if (file.transfer !== 'EXTERNAL') {
    const message = 'The server itself counts the bytes of a MANAGED file.';
    return reject(command, file, 'TRANSITION_NOT_ALLOWED', message);
  }
  if (file.state !== 'UPLOADING') {
    const message = `Progress is reported while a file is UPLOADING; this one is ${file.state}.`;
    return reject(command, file, 'TRANSITION_NOT_ALLOWED', message);
  }
  if (file.size != null && command.bytesReceived > file.size) {
    const message = `The file was declared with ${file.size} bytes.`;
    return reject(command, file, 'INVALID_INPUT', message);
  }
  // Reports may overtake each other on their way here.
  if (command.bytesReceived > file.bytesReceived) {
    file.bytesReceived = command.bytesReceived;
    touch(unit, file);
  }
  return { outcome: 'progressed', file: snapshotOf(file) };
}
