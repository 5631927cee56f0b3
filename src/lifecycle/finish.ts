// The end of a MANAGED upload. It is part of the unit of work that stores the last offset, so there is no moment at which
// the bytes are all here and the file does not know, and nothing for a sweep to finish after a crash.
import type { File } from '../entities/file.ts';
import type { Failure } from '../fsm/types.ts';
import { discardBytes } from './effects.ts';
import { moveOurselves } from './move.ts';
import type { NewChange } from './unit-writes.ts';
import type { Unit } from './unit.ts';

/** SHA-256 of nothing. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const mismatch = (declared: string, actual: string): Failure => ({
  code: 'DIGEST_MISMATCH',
  message: `The bytes have the SHA-256 ${actual}, not the declared ${declared}.`,
  retryable: true,
});

/** COMPLETE_UPLOAD if the digest is right; otherwise FAIL_UPLOAD, and the bytes are dropped. */
export function finishUpload(unit: Unit, file: File, sha256: string): NewChange {
  if (file.sha256 != null && file.sha256 !== sha256) {
    const failure = mismatch(file.sha256, sha256);
    discardBytes(file, unit.bytes);
    return moveOurselves(unit, file, 'uploads', 'FAIL_UPLOAD', failure);
  }
  file.sha256 = sha256;
  return moveOurselves(unit, file, 'uploads', 'COMPLETE_UPLOAD');
}

/**
 * Takes a file on from UNTRACKED when no byte of it is missing: it has none, or a retry found all of them here, checked
 * when they came (wrong ones are dropped at once).
 * @returns the last change; undefined when bytes are missing, or come another way
 */
export function finishHeld(unit: Unit, file: File): NewChange | undefined {
  if (file.transfer !== 'MANAGED' || file.state !== 'UNTRACKED' || file.bytesReceived !== file.size) return undefined;
  moveOurselves(unit, file, 'uploads', 'START_UPLOAD');
  return finishUpload(unit, file, file.size === 0 ? EMPTY_SHA256 : (file.sha256 ?? ''));
}
