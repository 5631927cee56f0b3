// The processing of one locked file: what begins with PROCESSING, what each lease changes, and whether a token is good.
import type { File, Properties } from '../../entities/file.ts';
import { membersOf } from '../../entities/json-text.ts';
import type { Processing } from '../../entities/processing.ts';
import { hasTag } from '../../fsm/tags.ts';
import type { Batch } from '../batch/batch.ts';
import type { Refused } from '../commands.ts';
import { MAX_PROPERTIES_BYTES } from '../input-rules.ts';

/** A file in PROCESSING: all three columns are set. */
export type FileInProcessing = File & { processing: Processing; claimableAt: Date };

export const STALE_LEASE = {
  code: 'STALE_LEASE',
  message: 'The lease is over, or another worker has it. Drop what you have of this file.',
} as const;

export const staleLease: Refused = { outcome: 'refused', field: 'leaseToken', ...STALE_LEASE };

export const isInProcessing = (file: File): file is FileInProcessing =>
  file.processing != null && file.claimableAt != null;

/** Call after each transition: puts the file in its queue, or takes it out. */
export function followState(batch: Batch, file: File): void {
  if (!hasTag(file.state, 'processing')) {
    file.processing = null;
    file.queue = null;
    file.claimableAt = null;
    return;
  }
  file.processing = {
    since: batch.now.toISOString(),
    epoch: 0,
    worker: null,
    token: null,
    lost: 0,
    progress: null,
    message: null,
    cancelRequested: false,
  };
  file.queue = batch.policy.queueOf(file);
  file.claimableAt = batch.now;
}

/** Whether a worker has the file and was heard of in time. */
export const isLeased = (batch: Batch, { processing, claimableAt }: FileInProcessing): boolean =>
  processing.token !== null && claimableAt > batch.now;

/** Whether the token is that of the lease in force. */
export const hasLease = (batch: Batch, file: File, token: string): file is FileInProcessing =>
  isInProcessing(file) && file.processing.token === token && isLeased(batch, file);

/** @returns why not, or null when they were added */
export function addProperties(file: File, properties: Properties | null): string | null {
  if (properties === null) return null;
  const together = { ...membersOf(file.properties), ...properties };
  if (Buffer.byteLength(JSON.stringify(together)) > MAX_PROPERTIES_BYTES) {
    return 'The properties of a file must be at most 32 KiB of JSON together.';
  }
  file.properties = together;
  return null;
}
