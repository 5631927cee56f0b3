// The id of an upload is the global id of its file.
import { notFound } from './upload-error.ts';

const UPLOAD_ID = /^file_([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/;

/** @throws UploadError 404 for what cannot be the id of a file */
export function parseUploadId(id: string): string {
  const [, fileId] = UPLOAD_ID.exec(id) ?? [];
  if (fileId === undefined) throw notFound();
  return fileId;
}

export const uploadIdOf = (fileId: string): string => `file_${fileId}`;
