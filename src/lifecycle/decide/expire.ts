// A deadline seems to have passed: checked again under the row's lock, by the database's clock. Arriving bytes do not write
// a new deadline each time; one that is found too early is moved here to where the last bytes put it.
import type { File } from '../../entities/file.ts';
import { DEADLINES } from '../../fsm/deadlines.ts';
import { hasTag } from '../../fsm/tags.ts';
import type { AnswerOf, ExpireCommand } from '../commands.ts';
import { CANCELED } from '../../fsm/failures.ts';
import { discardBytes } from './effects.ts';
import { finishStored } from './finish-upload.ts';
import { transitionByServer } from './record-transition.ts';
import { removeFile } from './remove.ts';
import { type Batch, deadlineOf, findLocked, hasAllBytes, retryAtOf, setDeadline } from '../batch/batch.ts';
import { fileNotFound } from './refusals.ts';

export function decideExpiry(batch: Batch, command: ExpireCommand): AnswerOf['expire'] {
  const file = findLocked(batch, command);
  if (file === undefined) return fileNotFound;
  if (hasTag(file.state, 'failed') && hasAllBytes(file)) return retry(batch, file);
  const deadline = DEADLINES[file.state];
  const dueAt = deadlineOf(batch, file);
  if (deadline === null || dueAt === null || dueAt > batch.now) {
    file.dueAt = dueAt;
    return { outcome: 'kept' };
  }
  if (deadline.outcome === 'remove') removeFile(batch, command, file);
  else if (deadline.outcome === 'discardPartialBytes') discardPartialBytes(batch, file);
  else {
    const { event, failure } = deadline.outcome;
    const isCancelled = file.processing?.cancelRequested === true;
    transitionByServer(batch, file, 'deadlines', event, isCancelled ? CANCELED : failure);
  }
  return { outcome: 'expired' };
}

/** The automatic retry of a failed file, from the bytes that are here: it is in PROCESSING again at once. */
function retry(batch: Batch, file: File): AnswerOf['expire'] {
  if (file.dueAt == null || file.dueAt > batch.now) return { outcome: 'kept' };
  // The setting may have changed since.
  if (retryAtOf(batch, file) === null) {
    file.dueAt = null;
    return { outcome: 'kept' };
  }
  transitionByServer(batch, file, 'retries', 'RETRY');
  finishStored(batch, file);
  return { outcome: 'expired' };
}

/** Not a change of the log: like the bytes that arrive, those that go are seen in `bytesReceived` only. */
function discardPartialBytes(batch: Batch, file: File): void {
  discardBytes(file, batch.bytes);
  setDeadline(batch, file);
}
