// What is shown of uploads.
import type { WaybillError } from '../errors.ts';
import type { ListedFileFragment as WaybillFile } from '../generated/operations.ts';

/**
 * - waiting: for its turn
 * - preparing: its digest is computed, where that is asked for, or the server is asked what it has of the file
 * - sending: bytes are sent; with an `error`, it is tried again
 * - processing: the server has all bytes, and its processing is waited for, as was asked
 * - paused: until `resume`
 * - done: the server has all bytes and, where that was asked for, has processed them
 * - failed: `error` says why; `retry` tries again
 * - canceled: ended by `cancel`
 */
export type UploadStatus =
  | 'waiting'
  | 'preparing'
  | 'sending'
  | 'processing'
  | 'paused'
  | 'done'
  | 'failed'
  | 'canceled';

export interface UploadProgress {
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes that have left this client. It goes back to `bytesReceived` when a connection is lost. */
  readonly bytesSent: number;
  /** Bytes that the server has stored durably. */
  readonly bytesReceived: number;
  /** Over the last seconds; null while it is not known. */
  readonly bytesPerSecond: number | null;
  /** Time left at this rate; null while it is not known. */
  readonly etaSeconds: number | null;
}

/** One upload of a queue. The same object until something changes. */
export interface UploadSnapshot extends UploadProgress {
  /** Within its queue. */
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly status: UploadStatus;
  /** Of the digest that is computed before the file is registered, where that is asked for. */
  readonly bytesHashed: number;
  /** The server knew the file already: it was continued, or had been uploaded before. */
  readonly isRecognised: boolean;
  /** As the server said last; undefined until it is registered. */
  readonly file: WaybillFile | undefined;
  readonly error?: WaybillError;
}

/** All uploads of a queue, and their sums. The sums are of what is neither failed nor canceled. */
export interface UploadsSnapshot extends UploadProgress {
  /** In the order in which they were added. */
  readonly uploads: readonly UploadSnapshot[];
  /** Something is waiting, or under way. */
  readonly isActive: boolean;
}
