// The end of a MANAGED upload, in the transaction that stores the last offset: a crash cannot leave a file that has all its
// bytes and is still UPLOADING.
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import type { File } from '../../entities/file.ts';
import { hasTag } from '../../fsm/tags.ts';
import type { Failure } from '../../fsm/types.ts';
import { discardBytes } from './effects.ts';
import { transitionByServer } from './record-transition.ts';
import type { NewChange } from '../batch/writes.ts';
import type { Batch } from '../batch/batch.ts';

type Stored = Pick<FileSnapshot, 'transfer' | 'state' | 'bytesReceived' | 'size'>;

/** SHA-256 of nothing. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const mismatch = (declared: string, actual: string): Failure => ({
  code: 'DIGEST_MISMATCH',
  message: `The bytes have the SHA-256 ${actual}, not the declared ${declared}.`,
  retryable: true,
});

/** COMPLETE_UPLOAD if the digest is right; otherwise FAIL_UPLOAD, and the bytes are dropped. */
export function finishUpload(batch: Batch, file: File, sha256: string): NewChange {
  if (file.sha256 != null && file.sha256 !== sha256) {
    const failure = mismatch(file.sha256, sha256);
    discardBytes(file, batch.bytes);
    return transitionByServer(batch, file, 'uploads', 'FAIL_UPLOAD', failure);
  }
  file.sha256 = sha256;
  return transitionByServer(batch, file, 'uploads', 'COMPLETE_UPLOAD');
}

/** How many moves `finishStored` makes. */
export const SERVER_MOVES = 2;

/** Whether the server moves a file on at once, because none of its bytes is missing. */
export const isStored = ({ transfer, state, bytesReceived, size }: Stored): boolean =>
  transfer === 'MANAGED' && hasTag(state, 'awaitingBytes') && bytesReceived === size;

/**
 * Finishes the upload of an UNTRACKED file of which all bytes are stored: an empty file, or a retry of one whose bytes were
 * checked when they arrived (wrong ones are dropped at once).
 * @returns the last change; undefined when bytes are missing, or the file is EXTERNAL
 */
export function finishStored(batch: Batch, file: File): NewChange | undefined {
  if (!isStored(file)) return undefined;
  transitionByServer(batch, file, 'uploads', 'START_UPLOAD');
  return finishUpload(batch, file, file.size === 0 ? EMPTY_SHA256 : (file.sha256 ?? ''));
}
