// A refused upload request: a status of the protocol and a line for people.
// https://tus.io/protocols/resumable-upload; RFC 4918 for 423 and 507.
import { isConnectionLost } from '../db/pg-errors.ts';
import { QueryTimeout } from '../db/read.ts';
import { CommitOutcomeUnknown } from '../db/transact.ts';
import { DomainError } from '../errors.ts';
import type { Refused } from '../lifecycle/commands.ts';
import { DigestLost } from './digest/digest.ts';
import { BytesLost, StorageFull, StoreUnavailable } from './store/byte-store.ts';

export interface Refusal {
  readonly status: number;
  readonly message: string;
  /** Whole seconds; left out: the client knows best. */
  readonly retryAfterSeconds?: number | undefined;
}

export class UploadError extends DomainError<'UPLOAD_REFUSED'> implements Refusal {
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, message: string, retryAfterSeconds?: number) {
    super('UPLOAD_REFUSED', message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** RFC 6585 section 4. */
export const rateLimited = (retryAfterSeconds: number): UploadError =>
  new UploadError(429, 'RATE_LIMITED: the tenant sends more than it may; try again later.', retryAfterSeconds);

export const notFound = (): UploadError => new UploadError(404, 'There is no such upload.');

export const locked = (): UploadError => new UploadError(423, 'Another request is writing to this upload; try again.');

/** A command of the upload that was refused, without a file to show for it. */
export function toUploadError({ code, message }: Refused): UploadError {
  if (code === 'UNAVAILABLE') return new UploadError(503, message);
  // As the protocol says of an upload that is larger than there may be. Clients do not try again after it, as they would after
  // 507, and for nothing: somebody has to delete something first.
  if (code === 'QUOTA_EXCEEDED') return new UploadError(413, `${code}: ${message}`);
  return code === 'FILE_BUSY' ? new UploadError(423, message) : notFound();
}

/** What the client may be told about an error; null: it is a defect, to be masked. */
export function toRefusal(error: unknown): Refusal | null {
  if (error instanceof UploadError) return error;
  if (error instanceof StorageFull) return { status: 507, message: 'There is no room for more bytes.' };
  if (error instanceof BytesLost) {
    return { status: 410, message: 'The bytes received so far are lost; start again from the first byte.' };
  }
  if (error instanceof DigestLost) {
    return { status: 503, message: 'The digest of the bytes could not be computed; try again.' };
  }
  if (error instanceof StoreUnavailable) {
    // 503 invites to wait; whatever else is wrong with the store has to be put right first.
    return isConnectionLost(error.cause)
      ? { status: 503, message: 'The byte store cannot be reached; try again.' }
      : { status: 500, message: 'The byte store cannot be used; the log of the server says why.' };
  }
  if (error instanceof QueryTimeout) return { status: 503, message: 'The database is too slow now; try again.' };
  if (isConnectionLost(error) || error instanceof CommitOutcomeUnknown) {
    return { status: 503, message: 'The database cannot be reached; try again.' };
  }
  return null;
}
