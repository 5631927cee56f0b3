// What a tus client is told when its request fails: a status of the protocol and a line for people.
// https://tus.io/protocols/resumable-upload, and RFC 4918 for 423 and 507.
import { isConnectionLost } from '../db/pg-errors.ts';
import { CommitOutcomeUnknown } from '../db/transact.ts';
import { DomainError } from '../errors.ts';
import { BytesLost, StorageFull } from './byte-store.ts';

/** The shape in which @tus/server takes errors. */
export class UploadError extends DomainError<'UPLOAD_REFUSED'> {
  readonly status_code: number;
  readonly body: string;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super('UPLOAD_REFUSED', message, options);
    this.status_code = status;
    this.body = `${message}\n`;
  }
}

export const notFound = (): UploadError => new UploadError(404, 'There is no such upload.');

export const locked = (): UploadError => new UploadError(423, 'Another request is writing to this upload; try again.');

/** The error a client may see; null: it is a defect, to be masked. */
export function toUploadError(error: unknown): { readonly status_code: number; readonly body: string } | null {
  if (error instanceof UploadError) return error;
  if (error instanceof StorageFull) return { status_code: 507, body: 'There is no room for more bytes.\n' };
  if (error instanceof BytesLost)
    return { status_code: 410, body: 'The bytes received so far are lost; begin anew.\n' };
  if (isConnectionLost(error) || error instanceof CommitOutcomeUnknown) {
    return { status_code: 503, body: 'The database cannot be reached; try again.\n' };
  }
  if (typeof error === 'object' && error !== null && 'status_code' in error && 'body' in error) {
    return { status_code: Number(error.status_code), body: String(error.body) };
  }
  return null;
}
