// The states of a file, in the order of its life, and the kinds of media that can be filtered by.
import type { FileState } from '@waybill/client';

export const STATES: readonly FileState[] = ['UNTRACKED', 'UPLOADING', 'PROCESSING', 'INDEXED', 'FAILED'];

/** The server filters by exact types, at most 50. */
export const MEDIA_KINDS: Readonly<Record<string, readonly string[]>> = {
  image: ['jpeg', 'png', 'gif', 'webp', 'avif', 'heic', 'tiff', 'bmp', 'svg+xml'].map((type) => `image/${type}`),
  video: ['mp4', 'webm', 'quicktime', 'x-matroska', 'x-msvideo', 'mpeg', 'ogg'].map((type) => `video/${type}`),
  audio: ['mpeg', 'mp4', 'ogg', 'wav', 'x-wav', 'flac', 'aac', 'webm', 'x-flac'].map((type) => `audio/${type}`),
  pdf: ['application/pdf'],
  text: [
    ...['plain', 'markdown', 'csv', 'html', 'xml', 'css', 'javascript', 'tab-separated-values'].map(
      (type) => `text/${type}`,
    ),
    'application/json',
    'application/xml',
  ],
  office: [
    'application/msword',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    'application/vnd.oasis.opendocument.text',
    'application/vnd.oasis.opendocument.spreadsheet',
    'application/vnd.oasis.opendocument.presentation',
  ],
  archive: ['application/zip', 'application/gzip', 'application/x-tar', 'application/x-7z-compressed'],
};
