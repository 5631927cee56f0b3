// Bytes of a MANAGED file have arrived and are durable: START_UPLOAD with the first, the offset, and COMPLETE_UPLOAD or
// FAIL_UPLOAD with the last, decided under the lock of the file's row and of its lease.
import { snapshotOf } from '../entities/file-snapshot.ts';
import type { File } from '../entities/file.ts';
import type { AnswerOf, ReceiveCommand } from './commands.ts';
import { discardBytes } from './effects.ts';
import { finishUpload } from './finish.ts';
import { moveOurselves } from './move.ts';
import { type Unit, fileNotFound, findLocked, reject, touch } from './unit.ts';

const BYTES_LOST = {
  code: 'BYTES_LOST',
  message: 'The byte store no longer holds the bytes that had arrived.',
  retryable: true,
};

export function decideReceipt(unit: Unit, command: ReceiveCommand): AnswerOf['receive'] {
  const file = findLocked(unit, command);
  if (file === undefined) return fileNotFound;
  if (unit.bytes.epochOf(file.id) !== command.epoch) return { outcome: 'lease_lost' };
  if (file.state === 'UNTRACKED') moveOurselves(unit, file, 'uploads', 'START_UPLOAD');
  if (file.state !== 'UPLOADING') {
    const message = `A file that is ${file.state} takes no bytes.`;
    return reject(command, file, 'TRANSITION_NOT_ALLOWED', message);
  }
  if (command.lost) loseBytes(unit, file);
  else receive(unit, command, file);
  return { outcome: 'progressed', file: snapshotOf(file) };
}

function receive(unit: Unit, command: ReceiveCommand, file: File): void {
  if (command.offset > file.bytesReceived) {
    file.bytesReceived = command.offset;
    touch(unit, file);
  }
  unit.bytes.grow(file.id, command.segments);
  if (command.sha256 !== null && command.offset === file.size) finishUpload(unit, file, command.sha256);
}

function loseBytes(unit: Unit, file: File): void {
  discardBytes(file, unit.bytes);
  moveOurselves(unit, file, 'uploads', 'FAIL_UPLOAD', BYTES_LOST);
}
