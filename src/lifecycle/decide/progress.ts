// How far an EXTERNAL upload has come, as its client reports it. Progress is on the row, never in the log.
import { snapshotOf } from '../../entities/file-snapshot.ts';
import { hasTag } from '../../fsm/tags.ts';
import type { AnswerOf, ProgressCommand } from '../commands.ts';
import { type Batch, findLocked, touch } from '../batch/batch.ts';
import { fileNotFound, reject } from './refusals.ts';

export function decideProgress(batch: Batch, command: ProgressCommand): AnswerOf['progress'] {
  const file = findLocked(batch, command);
  if (file === undefined) return fileNotFound;
  if (file.transfer !== 'EXTERNAL') {
    const message = 'The server itself counts the bytes of a MANAGED file.';
    return reject(command, file, 'TRANSITION_NOT_ALLOWED', message);
  }
  if (!hasTag(file.state, 'receiving')) {
    const message = `Progress is reported while a file is UPLOADING; this one is ${file.state}.`;
    return reject(command, file, 'TRANSITION_NOT_ALLOWED', message);
  }
  if (file.size != null && command.bytesReceived > file.size) {
    const message = `The file was declared with ${file.size} bytes.`;
    return reject(command, file, 'INVALID_INPUT', message);
  }
  // Reports may arrive out of order.
  if (command.bytesReceived > file.bytesReceived) {
    file.bytesReceived = command.bytesReceived;
    touch(batch, file);
  }
  return { outcome: 'progressed', file: snapshotOf(file) };
}
