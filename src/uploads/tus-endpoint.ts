// tus 1.0 (https://tus.io/protocols/resumable-upload) through @tus/server: creation, creation-with-upload, checksum,
// expiration, termination. Who asks is known by the time a request comes here.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Server } from '@tus/server';
import type { Logger } from '../log.ts';
import { CHECKSUM_ALGORITHMS, parseChecksum } from './checksum.ts';
import type { LeaseLocker } from './lease-locker.ts';
import { type UploadRequest, currentRequest, uploadRequests } from './request-context.ts';
import type { TusStore } from './tus-store.ts';
import { toUploadError } from './upload-error.ts';
import { parseUploadId, uploadIdOf } from './upload-id.ts';

export const UPLOADS_PATH = '/uploads';

export interface TusEndpointOptions {
  readonly store: TusStore;
  readonly locker: LeaseLocker;
  readonly maxBytes: number;
  readonly newId: () => string;
  readonly isAllowedOrigin: (origin: string) => boolean;
  readonly log: Logger;
  /** Called for each error that was masked. */
  readonly onMasked: () => void;
}

export type TusRequest = Pick<UploadRequest, 'tenant' | 'actor' | 'requestId' | 'baseUrl'>;

/** @throws UploadError for an Upload-Checksum that cannot be checked */
export type TusEndpoint = (request: IncomingMessage, response: ServerResponse, from: TusRequest) => Promise<void>;

/** A request that has to give up its lock may end what it has in hand for so long. */
const DRAIN_MS = 50;
const EXPOSED = ['Upload-Expires', 'Tus-Checksum-Algorithm', 'X-Request-Id'];
const ALLOWED = ['Upload-Checksum', 'X-Request-Id'];

export function createTusEndpoint(options: TusEndpointOptions): TusEndpoint {
  const { store, locker, newId, maxBytes, isAllowedOrigin } = options;
  const server = new Server({
    path: UPLOADS_PATH,
    datastore: store,
    locker,
    maxSize: maxBytes,
    lockDrainTimeout: DRAIN_MS,
    allowedOrigins: isAllowedOrigin,
    allowedHeaders: ALLOWED,
    exposedHeaders: EXPOSED,
    allowedCredentials: true,
    disableTerminationForFinishedUploads: true,
    namingFunction: (_request, metadata) => {
      const named = metadata?.['fileId'];
      return uploadIdOf(typeof named === 'string' ? parseUploadId(named) : newId());
    },
    generateUrl: (_request, { id }) => `${currentRequest().baseUrl}${UPLOADS_PATH}/${id}`,
    onResponseError: (_request, error) => present(error, currentRequest().requestId, options),
  });
  return async (request, response, from) => {
    const { method = 'GET', headers } = request;
    if (method === 'OPTIONS') response.setHeader('tus-checksum-algorithm', CHECKSUM_ALGORITHMS.join(','));
    const checksum = parseChecksum(headerOf(headers['upload-checksum']));
    const context = { ...from, method, response, checksum, lease: null, receiving: Promise.resolve() };
    await uploadRequests.run(context, () => server.handle(request, response));
  };
}

const headerOf = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(' ') : value;

function present(
  error: unknown,
  requestId: string,
  { log, onMasked }: TusEndpointOptions,
): { status_code: number; body: string } {
  const known = toUploadError(error);
  if (known !== null) {
    log.debug({ requestId, status: known.status_code }, 'an upload request was refused');
    return { status_code: known.status_code, body: known.body };
  }
  onMasked();
  log.error({ err: error, requestId }, 'an upload request broke');
  return { status_code: 500, body: `Something unexpected happened (${requestId}).\n` };
}
