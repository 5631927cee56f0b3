// PATCH: the next bytes of an upload (https://tus.io/protocols/resumable-upload#patch).
import { UploadError } from '../upload-error.ts';
import { parseChecksum } from './checksum.ts';
import { bringsBytes, headerOf } from './headers.ts';
import { receiveBytes, withPassage } from './receive-bytes.ts';
import type { Verb } from './services.ts';
import { fileIdOf } from './upload.ts';

export const patch: Verb = async (request, response, { tenant, right }, services) => {
  const fileId = fileIdOf(request);
  // "PATCH requests MUST use Content-Type: application/offset+octet-stream, otherwise the server SHOULD return a 415"
  if (!bringsBytes(request)) throw new UploadError(415, 'Content-Type must be application/offset+octet-stream.');
  const offset = headerOf(request, 'upload-offset');
  if (offset === null) throw new UploadError(403, 'Upload-Offset is required.');
  if (headerOf(request, 'upload-length') !== null) throw new UploadError(501, 'A length cannot be declared later.');
  const checksum = parseChecksum(headerOf(request, 'upload-checksum'));
  const incoming = { tenant, fileId, offset: Number(offset), checksum, right };
  const file = await withPassage(request, { tenant }, services, (passage) =>
    receiveBytes(request, response, { ...incoming, passage }, services),
  );
  // "It MUST include the Upload-Offset header containing the new offset."
  response.setHeader('upload-offset', file.bytesReceived);
  return 204;
};
