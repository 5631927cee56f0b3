// POST: creates an upload, for a file that is registered already (`fileId` in the metadata) or by registering one, and
// takes its first bytes if it brings any (https://tus.io/protocols/resumable-upload#creation and #creation-with-upload).
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Passage } from '../../auth/limits/byte-rates.ts';
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import { encodeId } from '../../ids.ts';
import { UploadError } from '../upload-error.ts';
import { type Checksum, parseChecksum } from './checksum.ts';
import { bringsBytes, headerOf } from './headers.ts';
import { type UploadMetadata, parseMetadata } from './metadata.ts';
import { waitForRelease } from './lease-waits.ts';
import { receiveBytes, withPassage } from './receive-bytes.ts';
import { register, undoRegistration } from './register.ts';
import { type TusServices, UPLOADS_PATH, type UploadCaller, type Verb, requireRate } from './services.ts';
import { findUpload, parseUploadId, requireNotFailed, setExpires } from './upload.ts';

interface Creation {
  /** Bytes. */
  readonly size: number;
  /** Null: the request brought none. */
  readonly checksum: Checksum | null;
  /** Of the bytes that the request brings. */
  readonly passage: Passage | null;
}

interface CreationOfFile extends Creation {
  readonly file: FileSnapshot;
}

export const create: Verb = async (request, response, caller, services) => {
  const size = readLength(request, services.limits.maxUploadBytes);
  const metadata = parseMetadata(headerOf(request, 'upload-metadata') ?? '') ?? {};
  const registeredId = metadata['fileId'] == null ? null : parseUploadId(metadata['fileId']);
  const creation = { size, checksum: parseChecksum(headerOf(request, 'upload-checksum')) };
  const announced = bringsBytes(request) ? Number(headerOf(request, 'content-length') ?? 0) : 0;
  if (announced > size) throw new UploadError(413, 'More bytes were announced than declared.');
  requireRate(caller, services);
  const createWith = async (passage: Passage | null): Promise<number> => {
    const creating = { ...creation, passage };
    if (registeredId === null) return await createNew(request, response, { ...creating, metadata }, caller, services);
    const file = await findUpload(services.reader, caller.tenant, registeredId);
    return await begin(request, response, { ...creating, file }, caller, services);
  };
  if (!bringsBytes(request)) return await createWith(null);
  // Before anything is registered that would have to be removed again.
  return await withPassage(request, caller, services, createWith);
};

/**
 * A file for this request alone is removed again when the request is refused. With an Idempotency-Key
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/) it stays for the retry.
 */
async function createNew(
  request: IncomingMessage,
  response: ServerResponse,
  { metadata, ...creation }: Creation & { readonly metadata: UploadMetadata },
  caller: UploadCaller,
  services: TusServices,
): Promise<number> {
  const idempotencyKey = headerOf(request, 'idempotency-key');
  const metadataHeader = headerOf(request, 'upload-metadata');
  const { file, replayed } = await register(
    { size: creation.size, metadata, metadataHeader, idempotencyKey },
    caller,
    services,
  );
  if (replayed) return await beginAgain(request, response, { ...creation, file }, caller, services);
  try {
    return await begin(request, response, { ...creation, file }, caller, services);
  } catch (error) {
    if (idempotencyKey !== null) throw error;
    response.removeHeader('upload-expires');
    await undoRegistration(file, caller, services);
    throw error;
  }
}

/** The answer of the first request was lost. What arrived with it is kept, and not taken a second time. */
async function beginAgain(
  request: IncomingMessage,
  response: ServerResponse,
  { file: { id }, ...creation }: CreationOfFile,
  caller: UploadCaller,
  services: TusServices,
): Promise<number> {
  await waitForRelease(services.leases, id);
  const file = await services.reader.readFile(caller.tenant, id);
  if (file === null) throw new UploadError(410, 'The file of this Idempotency-Key was removed; take another key.');
  if (file.bytesReceived === 0) return await begin(request, response, { ...creation, file }, caller, services);
  if (bringsBytes(request)) response.setHeader('upload-offset', file.bytesReceived);
  return sendLocation(response, file, caller, services);
}

async function begin(
  request: IncomingMessage,
  response: ServerResponse,
  { size, checksum, passage, file }: CreationOfFile,
  caller: UploadCaller,
  services: TusServices,
): Promise<number> {
  if (file.size !== size) throw new UploadError(400, `The file was registered with ${file.size} bytes, not ${size}.`);
  if (!bringsBytes(request)) return sendLocation(response, file, caller, services);
  requireNotFailed(file);
  const { tenant, right } = caller;
  const incoming = { tenant, fileId: file.id, offset: 0, checksum, right, passage };
  const received = await receiveBytes(request, response, incoming, services);
  response.setHeader('upload-offset', received.bytesReceived);
  return sendLocation(response, received, caller, services);
}

/** @throws UploadError 403 */
function sendLocation(
  response: ServerResponse,
  file: FileSnapshot,
  { baseUrl }: UploadCaller,
  { timers }: TusServices,
): number {
  requireNotFailed(file);
  setExpires(response, file, timers);
  response.setHeader('location', `${baseUrl}${UPLOADS_PATH}/${encodeId('File', file.id)}`);
  return 201;
}

/** @throws UploadError 400, 413, 501 for what is not offered: joining uploads, declaring the length later */
function readLength(request: IncomingMessage, maxBytes: number): number {
  if (headerOf(request, 'upload-concat') !== null) throw new UploadError(501, 'Uploads cannot be joined here.');
  const length = headerOf(request, 'upload-length');
  if (headerOf(request, 'upload-defer-length') !== null) {
    if (length !== null) throw new UploadError(400, 'Upload-Length and Upload-Defer-Length exclude each other.');
    throw new UploadError(501, 'A length cannot be declared later.');
  }
  if (length === null) throw new UploadError(400, 'Upload-Length is required.');
  // "If the length of the upload exceeds the maximum, the Server MUST respond with the 413 Request Entity Too Large status."
  if (Number(length) > maxBytes) throw new UploadError(413, `An upload may have at most ${maxBytes} bytes.`);
  return Number(length);
}
