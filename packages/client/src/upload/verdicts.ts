// What a file, or an error, means for an upload.
import { WaybillError, isTransient } from '../errors.ts';
import type { ListedFileFragment as WaybillFile } from '../generated/operations.ts';
import type { UploadFile } from './register.ts';

export const wantsBytes = ({ state }: WaybillFile): boolean => state === 'UNTRACKED' || state === 'UPLOADING';

/** The server has all bytes, whatever has become of its processing. */
export const isStored = (file: WaybillFile): boolean =>
  !wantsBytes(file) && (file.state !== 'FAILED' || (file.bytesReceived === file.size && !isOfUpload(file)));

const isOfUpload = ({ failure }: WaybillFile): boolean =>
  ['DIGEST_MISMATCH', 'UPLOAD_STALLED', 'BYTES_LOST'].includes(failure?.code ?? '');

/** Somebody has to send RETRY, and may. With a `retryAt` the server does. */
export const isWorthRetry = ({ state, failure, allowedEvents, retryAt }: UploadFile): boolean =>
  state === 'FAILED' && failure?.retryable === true && retryAt === null && allowedEvents.includes('RETRY');

export const failureOf = (file: WaybillFile): WaybillError => {
  const { code = 'FAILED', message = 'The file failed.' } = file.failure ?? {};
  return new WaybillError(code, message, { extensions: { file } });
};

/** How many attempts without a byte of progress are made after errors that may well stay. */
const MOST_ATTEMPTS: Readonly<Record<string, number>> = {
  // The right was renewed, and is refused again.
  UNAUTHENTICATED: 3,
  // The file has been looked at since, and wants bytes.
  FILE_CHANGED: 3,
  UPLOAD_STUCK: 5,
  INTERNAL_STATUS: 5,
};

/** @param failures in a row, without a byte of progress */
export function isWorthAnotherAttempt(error: WaybillError, failures: number): boolean {
  const code = error.extensions['status'] === 500 ? 'INTERNAL_STATUS' : error.code;
  const most = MOST_ATTEMPTS[code];
  if (most !== undefined) return failures < most;
  return isTransient(error) || code === 'OFFSET_CONFLICT';
}
