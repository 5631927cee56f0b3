// DELETE: removes an upload, its file and its bytes (https://tus.io/protocols/resumable-upload#termination).
import { UploadError, toUploadError } from '../upload-error.ts';
import { type Verb, requireRate } from './services.ts';
import { fileIdOf, findUpload } from './upload.ts';

export const terminate: Verb = async (request, _response, caller, services) => {
  const { tenant, actor } = caller;
  const { lifecycle, reader, newId } = services;
  const fileId = fileIdOf(request);
  const { bytesReceived, size } = await findUpload(reader, tenant, fileId);
  if (bytesReceived === size) throw new UploadError(400, 'The upload is complete: delete its file instead.');
  requireRate(caller, services);
  const origin = { tenant, actor, attemptId: newId(), fileId };
  const answer = await lifecycle.executeOne({ kind: 'remove', ...origin, expectedVersion: null });
  if (answer.outcome === 'failed') throw answer.error;
  if (answer.outcome === 'rejected') throw new UploadError(409, answer.message);
  if (answer.outcome === 'refused') throw toUploadError(answer);
  return 204;
};
