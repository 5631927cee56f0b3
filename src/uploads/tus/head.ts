// HEAD: where to continue (https://tus.io/protocols/resumable-upload#head).
import { waitForRelease } from './lease-waits.ts';
import { formatMetadata } from './metadata.ts';
import type { Verb } from './services.ts';
import { fileIdOf, findUpload, setExpires } from './upload.ts';

export const head: Verb = async (request, response, { tenant }, { leases, reader, metadataHeaders, timers }) => {
  const fileId = fileIdOf(request);
  await waitForRelease(leases, fileId);
  const file = await findUpload(reader, tenant, fileId);
  // "If an upload contains additional metadata, responses to HEAD requests MUST include the Upload-Metadata header and its
  // value as specified by the Client during the creation."
  const sent = await metadataHeaders.read(fileId);
  setExpires(response, file, timers);
  response.setHeader('upload-offset', file.bytesReceived);
  response.setHeader('upload-length', file.size ?? 0);
  response.setHeader('upload-metadata', sent ?? formatMetadata(file));
  return 200;
};
