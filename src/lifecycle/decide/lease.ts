// What the worker that has a lease does with it, and cancelling.
import { snapshotOf } from '../../entities/file-snapshot.ts';
import { type Batch, findLocked, setDeadline, touch } from '../batch/batch.ts';
import type { AnswerOf } from '../commands.ts';
import type { CancelCommand, ExtendCommand, ReleaseCommand } from '../processing-commands.ts';
import { CANCELED } from '../../fsm/failures.ts';
import { endOfLease } from './claim.ts';
import { addProperties, hasLease, isInProcessing, isLeased, staleLease } from './processing.ts';
import { transitionByServer } from './record-transition.ts';
import { fileNotFound, reject } from './refusals.ts';

const later = ({ now }: Batch, ms: number): Date => new Date(now.getTime() + ms);

export function decideExtension(batch: Batch, command: ExtendCommand): AnswerOf['extend'] {
  const file = findLocked(batch, command);
  if (file === undefined) return fileNotFound;
  if (!hasLease(batch, file, command.leaseToken)) return staleLease;
  const { processing } = file;
  const fault = addProperties(file, command.properties);
  if (fault !== null) return { outcome: 'refused', code: 'INVALID_INPUT', message: fault, field: 'properties' };
  const { progress, message } = command;
  file.processing = {
    ...processing,
    progress: progress ?? processing.progress,
    message: message ?? processing.message,
  };
  file.claimableAt = endOfLease(batch, file, command.leaseMs);
  touch(batch, file);
  // A cancelled file fails when the lease of its worker ends.
  if (processing.cancelRequested) setDeadline(batch, file);
  return {
    outcome: 'extended',
    file: snapshotOf(file),
    leaseExpiresAt: file.claimableAt.toISOString(),
    cancelRequested: processing.cancelRequested,
  };
}

export function decideRelease(batch: Batch, command: ReleaseCommand): AnswerOf['release'] {
  const file = findLocked(batch, command);
  if (file === undefined) return fileNotFound;
  if (!hasLease(batch, file, command.leaseToken)) return staleLease;
  const { processing } = file;
  if (processing.cancelRequested) transitionByServer(batch, file, 'processing', 'FAIL_PROCESSING', CANCELED);
  else {
    file.claimableAt = later(batch, command.afterMs);
    const since = file.claimableAt.toISOString();
    file.processing = { ...processing, since, worker: null, token: null, lost: 0, progress: null, message: null };
    touch(batch, file);
    setDeadline(batch, file);
  }
  return { outcome: 'released', file: snapshotOf(file) };
}

export function decideCancellation(batch: Batch, command: CancelCommand): AnswerOf['cancel'] {
  const file = findLocked(batch, command);
  if (file === undefined) return fileNotFound;
  if (!isInProcessing(file)) {
    const message = `Only the processing of a file can be cancelled; this one is ${file.state}.`;
    return reject(command, file, 'TRANSITION_NOT_ALLOWED', message);
  }
  if (isLeased(batch, file)) {
    file.processing = { ...file.processing, cancelRequested: true };
    touch(batch, file);
    setDeadline(batch, file);
  } else transitionByServer(batch, file, 'processing', 'FAIL_PROCESSING', CANCELED);
  return { outcome: 'cancelled', file: snapshotOf(file) };
}
