// Uploads: one file, or a queue of them.
import type { Waybill } from './client.ts';
import type { ListedFileFragment as WaybillFile } from './generated/operations.ts';
import type { UploadsOptions } from './upload/options.ts';
import { type UploadListening, UploadQueue, type Uploads } from './upload/queue.ts';

export type { UploadMemory } from './upload/memory.ts';
export type { UploadOptions, UploadsOptions } from './upload/options.ts';
export type { UploadListening, Uploads } from './upload/queue.ts';
export { type ByteSource, type Sending, sendBytes } from './upload/send-bytes.ts';
export type { UploadProgress, UploadSnapshot, UploadStatus, UploadsSnapshot } from './upload/snapshot.ts';
export { type UppyLike, registerWithWaybill } from './upload/uppy.ts';

/** A queue of uploads. Make it once, outside of components: uploads go on when what shows them is gone. */
export const createUploads = (waybill: Waybill, options: UploadsOptions = {}): Uploads =>
  new UploadQueue(waybill, options);

/**
 * Registers a file and sends its bytes, through whatever interrupts it and for as long as it takes; it ends with the client,
 * or with its signal. A file that was begun before, on this page or before a reload, goes on where the server is.
 * @throws WaybillError: with the code of a refusal (QUOTA_EXCEEDED) or failure (DIGEST_MISMATCH); the signal's reason
 */
export const upload = (
  waybill: Waybill,
  file: Blob,
  { onProgress, signal, ...options }: UploadsOptions & UploadListening = {},
): Promise<WaybillFile> => createUploads(waybill, options).upload(file, { onProgress, signal });
