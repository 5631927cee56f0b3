// Bytes of a MANAGED file have arrived and are durable: START_UPLOAD with the first, the offset, and COMPLETE_UPLOAD or
// FAIL_UPLOAD with the last, decided under the lock of the file's row and of its lease.
import { snapshotOf } from '../../entities/file-snapshot.ts';
import type { File } from '../../entities/file.ts';
import { hasTag } from '../../fsm/tags.ts';
import type { AnswerOf, ReceiveCommand } from '../commands.ts';
import { discardBytes } from './effects.ts';
import { finishUpload } from './finish-upload.ts';
import { transitionByServer } from './record-transition.ts';
import { type Batch, findLocked, touch } from '../batch/batch.ts';
import { fileNotFound, reject } from './refusals.ts';

const BYTES_LOST = {
  code: 'BYTES_LOST',
  message: 'The byte store no longer holds the bytes that had arrived.',
  retryable: true,
};

export function decideReceipt(batch: Batch, command: ReceiveCommand): AnswerOf['receive'] {
  const file = findLocked(batch, command);
  if (file === undefined) return fileNotFound;
  if (batch.bytes.epochOf(file.id) !== command.epoch) return { outcome: 'lease_lost' };
  if (hasTag(file.state, 'awaitingBytes')) transitionByServer(batch, file, 'uploads', 'START_UPLOAD');
  if (!hasTag(file.state, 'receiving')) {
    const message = `A file that is ${file.state} takes no bytes.`;
    return reject(command, file, 'TRANSITION_NOT_ALLOWED', message);
  }
  if (command.lost) loseBytes(batch, file);
  else receive(batch, command, file);
  return { outcome: 'progressed', file: snapshotOf(file) };
}

function receive(batch: Batch, command: ReceiveCommand, file: File): void {
  if (command.offset > file.bytesReceived) {
    file.bytesReceived = command.offset;
    touch(batch, file);
  }
  batch.bytes.grow(file.id, command.segments);
  if (command.sha256 !== null && command.offset === file.size) finishUpload(batch, file, command.sha256);
}

function loseBytes(batch: Batch, file: File): void {
  discardBytes(file, batch.bytes);
  transitionByServer(batch, file, 'uploads', 'FAIL_UPLOAD', BYTES_LOST);
}
