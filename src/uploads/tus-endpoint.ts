// tus 1.0 (https://tus.io/protocols/resumable-upload) through @tus/server: creation, creation-with-upload, checksum,
// expiration, termination. Who asks is known by the time a request comes here.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Server } from '@tus/server';
import type { Logger } from '../log.ts';
import { CHECKSUM_ALGORITHMS, parseChecksum } from './checksum.ts';
import type { LeaseLocker } from './lease-locker.ts';
import { readFromSocket } from './request-body.ts';
import { sendWebResponse, toWebRequest } from './web-request.ts';
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

export type TusEndpoint = (request: IncomingMessage, response: ServerResponse, from: TusRequest) => Promise<void>;

const METHODS = new Set(['OPTIONS', 'POST', 'HEAD', 'PATCH', 'DELETE', 'GET']);
const TUS_RESUMABLE = '1.0.0';

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
    onIncomingRequest: async (request) => {
      currentRequest().checksum = parseChecksum(request.headers.get('upload-checksum'));
    },
    onResponseError: (_request, error) => present(error, currentRequest().requestId, options),
  });
  readFromSocket(server, store);
  return async (request, response, from) => {
    const { method = 'GET' } = request;
    if (!METHODS.has(method)) return void response.writeHead(405, { allow: [...METHODS].join(', ') }).end();
    if (method === 'OPTIONS') response.setHeader('tus-checksum-algorithm', CHECKSUM_ALGORITHMS.join(','));
    if (method !== 'OPTIONS') requireVersion(request, response);
    const rest = { checksum: null, lease: null, receiving: Promise.resolve() };
    const context = { ...from, ...rest, method, body: request, response };
    const answer = await uploadRequests.run(context, () => server.handleWeb(toWebRequest(request)));
    await sendWebResponse(response, answer);
  };
}

/** A version that is not ours is none: @tus/server calls it a bad request, where the protocol wants 412 and this header. */
function requireVersion({ headers }: IncomingMessage, response: ServerResponse): void {
  if (headers['tus-resumable'] === TUS_RESUMABLE) return;
  delete headers['tus-resumable'];
  response.setHeader('tus-version', TUS_RESUMABLE);
}

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
