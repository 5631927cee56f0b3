// A worker takes files: each gets a lease with a token of its own. What is found on the way is put right: a file whose
// processing was cancelled while its worker was away fails, and so does one that has cost too many workers.
import { snapshotOf } from '../../entities/file-snapshot.ts';
import type { File } from '../../entities/file.ts';
import { CANCELED } from '../../fsm/failures.ts';
import type { Failure } from '../../fsm/types.ts';
import { type Batch, setDeadline, touch } from '../batch/batch.ts';
import type { AnswerOf } from '../commands.ts';
import type { ClaimCommand, ClaimedFile } from '../processing-commands.ts';
import { type FileInProcessing, isInProcessing } from './processing.ts';
import { transitionByServer } from './record-transition.ts';

/** So many workers may be lost over one file; a file that kills its worker is not given out for ever. */
const MAX_LOST = 5;
/** So many leases may be given before the processing has an end: a worker that always gives back ends nothing. */
const MAX_LEASES = 100;

const ABANDONED: Failure = {
  code: 'PROCESSING_ABANDONED',
  message: 'Processing was given up: its workers stopped in the middle of it, or gave it back, too often.',
  retryable: false,
};

export function decideClaim(batch: Batch, command: ClaimCommand): AnswerOf['claim'] {
  const files: ClaimedFile[] = [];
  let failed = 0;
  for (const { id } of batch.claimable.get(command) ?? []) {
    const file = batch.files.get(id);
    // An earlier command of this batch may have changed it.
    if (file === undefined || !isInProcessing(file) || file.claimableAt > batch.now) continue;
    const claimed = claim(batch, command, file);
    if (claimed === null) failed += 1;
    else files.push(claimed);
  }
  return { outcome: 'claimed', files, failed };
}

function claim(batch: Batch, { worker, leaseMs }: ClaimCommand, file: FileInProcessing): ClaimedFile | null {
  const { processing } = file;
  const lost = processing.lost + (processing.token === null ? 0 : 1);
  if (processing.cancelRequested || lost >= MAX_LOST || processing.epoch >= MAX_LEASES) {
    transitionByServer(batch, file, 'processing', 'FAIL_PROCESSING', processing.cancelRequested ? CANCELED : ABANDONED);
    return null;
  }
  const token = batch.newId();
  const since = batch.now.toISOString();
  const epoch = processing.epoch + 1;
  file.processing = { ...processing, since, epoch, worker, token, lost, progress: null, message: null };
  touch(batch, file);
  setDeadline(batch, file);
  file.claimableAt = endOfLease(batch, file, leaseMs);
  const leaseExpiresAt = file.claimableAt.toISOString();
  const isTakenOver = processing.token !== null;
  return {
    tenant: file.tenant,
    file: snapshotOf(file),
    leaseToken: token,
    leaseExpiresAt,
    attempt: epoch,
    isTakenOver,
  };
}

/** No later than the deadline of the processing. */
export const endOfLease = ({ now }: Batch, { dueAt }: File, leaseMs: number): Date =>
  new Date(Math.min(now.getTime() + leaseMs, dueAt?.getTime() ?? Infinity));
