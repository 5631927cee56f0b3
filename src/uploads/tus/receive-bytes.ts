// Takes the body of a PATCH, or of a creation that brings bytes, while holding the lease of the upload.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Passage } from '../../auth/limits/byte-rates.ts';
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import { wantsBytes } from '../../fsm/tags.ts';
import { UploadError, rateLimited } from '../upload-error.ts';
import { type UploadTarget, UploadWriter } from '../writer.ts';
import { readBody } from './body.ts';
import { headerOf } from './headers.ts';
import { waitForLease } from './lease-waits.ts';
import type { TusServices } from './services.ts';
import { PacedBody } from './paced-body.ts';
import { findUpload, requireNotFailed, setExpires } from './upload.ts';

export interface IncomingBytes extends Pick<UploadTarget, 'tenant' | 'checksum'> {
  readonly fileId: string;
  /** Aborted when the right to send them ends: what has arrived by then is kept. */
  readonly right: AbortSignal;
  /** Where the client says they begin. */
  readonly offset: number;
  /** How fast they may come; null: as fast as they do. */
  readonly passage: Passage | null;
}

/** A request that has to release its lease may read for so long what is already on its way. */
const DRAIN_MS = 50;

/** @returns the file afterwards; a request that was asked to stop has taken what arrived until then */
export async function receiveBytes(
  request: IncomingMessage,
  response: ServerResponse,
  { tenant, fileId, offset, checksum, right, passage }: IncomingBytes,
  services: TusServices,
): Promise<FileSnapshot> {
  const { leases, reader, timers } = services;
  const stopping = new AbortController();
  const requestRelease = (): void => void setTimeout(() => stopping.abort(), DRAIN_MS);
  const lease = await waitForLease(leases, { fileId, isFirst: offset === 0, requestRelease });
  const stop = (): void => stopping.abort();
  right.addEventListener('abort', stop);
  try {
    const file = await findUpload(reader, tenant, fileId);
    requireNotFailed(file);
    setExpires(response, file, timers);
    const most = requireRoom(request, file, offset);
    if (headerOf(request, 'expect') !== null) response.writeContinue();
    const target = { lease, tenant, file, checksum };
    const body = readBody(request, most, stopping.signal, services.onBytes);
    const paced = new PacedBody(body, { passage, stopping, isWhole: checksum !== null });
    const received = await new UploadWriter(services, target).write(paced.read()).catch((error: unknown) => {
      // We have ended it: what is here of the bytes need not match.
      const isCut = stopping.signal.aborted && !request.readableEnded;
      throw isCut && error instanceof UploadError && error.status === 460 ? cutShort(right) : error;
    });
    setExpires(response, received, timers);
    if (right.aborted && wantsBytes(received.state)) throw new UploadError(401, (right.reason as Error).message);
    if (paced.retryAfterSeconds !== null && wantsBytes(received.state)) throw rateLimited(paced.retryAfterSeconds);
    return received;
  } finally {
    right.removeEventListener('abort', stop);
    await leases.release(lease);
  }
}

const cutShort = (right: AbortSignal): UploadError =>
  right.aborted
    ? new UploadError(401, (right.reason as Error).message)
    : new UploadError(503, 'The request was ended before all of its bytes had come; nothing of it counts.');

/**
 * Lets the body of a request in, for as long as the work takes.
 * @throws UploadError 429 when so many requests of the tenant wait that this one would wait too long
 */
export async function withPassage<Result>(
  request: IncomingMessage,
  { tenant }: Pick<UploadTarget, 'tenant'>,
  { byteRates }: Pick<TusServices, 'byteRates'>,
  work: (passage: Passage | null) => Promise<Result>,
): Promise<Result> {
  if (byteRates === null) return await work(null);
  const passage = byteRates.admit(tenant, Number(headerOf(request, 'content-length') ?? Infinity));
  if ('retryAfterSeconds' in passage) throw rateLimited(passage.retryAfterSeconds);
  return await work(passage).finally(() => passage.end());
}

/**
 * An empty request at the end of a complete upload is fine: it is sent again when its answer was lost.
 * @returns the most bytes the request may bring
 */
function requireRoom(request: IncomingMessage, { bytesReceived, size, state }: FileSnapshot, offset: number): number {
  // "If the offsets do not match, the Server MUST respond with the 409 Conflict status without modifying the upload resource."
  if (offset !== bytesReceived) throw new UploadError(409, `Upload-Offset must be ${bytesReceived}.`);
  const room = wantsBytes(state) ? (size ?? 0) - offset : 0;
  const announced = Number(headerOf(request, 'content-length') ?? 0);
  if (announced > room) throw new UploadError(413, 'More bytes were announced than are missing.');
  return room;
}
