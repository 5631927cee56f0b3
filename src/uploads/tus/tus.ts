// tus 1.0 (https://tus.io/protocols/resumable-upload) with creation, creation-with-upload, checksum, expiration and
// termination: checks what every request needs, hands it to the handler of its verb, and answers. Authentication has
// happened by then (src/http/uploads.ts).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asTenant } from '../../db/scope.ts';
import type { Logger } from '../../log.ts';
import { type Refusal, toRefusal } from '../upload-error.ts';
import { create } from './create.ts';
import { TUS_VERSION, findBadHeaders } from './headers.ts';
import { head } from './head.ts';
import { options, setCors } from './options.ts';
import { patch } from './patch.ts';
import type { TusServices, UploadCaller, Verb } from './services.ts';
import { terminate } from './terminate.ts';

export interface TusOptions extends TusServices {
  readonly isAllowedOrigin: (origin: string) => boolean;
  readonly log: Logger;
  /** Called for each error that was masked. */
  readonly onMasked: () => void;
}

export type TusHandler = (request: IncomingMessage, response: ServerResponse, caller: UploadCaller) => Promise<void>;

const VERBS: ReadonlyMap<string, Verb> = new Map([
  ['OPTIONS', options],
  ['POST', create],
  ['HEAD', head],
  ['PATCH', patch],
  ['DELETE', terminate],
]);
const ALLOWED = [...VERBS.keys(), 'GET'].join(', ');

// Long enough for a queue to become shorter, short enough for a restart of the database.
const RETRY_AFTER_S = 2;

export function createTusHandler(tus: TusOptions): TusHandler {
  return async (request, response, caller) => {
    const { method = 'GET' } = request;
    const verb = VERBS.get(method);
    if (method === 'GET') return refuse(request, response, { status: 404, message: 'Uploads are not read here.' });
    if (verb === undefined) return void response.writeHead(405, { allow: ALLOWED }).end();
    response.setHeader('tus-resumable', TUS_VERSION);
    // "The Server MUST prevent the client and/or proxies from caching the response"; of a 404 too.
    if (method === 'HEAD') response.setHeader('cache-control', 'no-store');
    setCors(request, response, tus.isAllowedOrigin);
    const refusal = method === 'OPTIONS' ? null : findBadHeaders(request);
    if (refusal !== null) return refuse(request, response, refusal);
    try {
      // Also for what it begins: leases and segments are found by the file alone.
      const status = await asTenant(caller.tenant, () => verb(request, response, caller, tus));
      answer(request, response, status);
    } catch (error) {
      refuse(request, response, presentError(error, caller, tus));
    }
  };
}

function presentError(error: unknown, { requestId }: UploadCaller, { log, onMasked }: TusOptions): Refusal {
  const refusal = toRefusal(error);
  if (refusal !== null) {
    log.debug({ requestId, status: refusal.status }, 'upload request refused');
    return refusal;
  }
  onMasked();
  log.error({ err: error, requestId }, 'upload request failed');
  return { status: 500, message: `Something unexpected happened (${requestId}).` };
}

function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const { status, message, retryAfterSeconds } = refusal;
  // "it MUST respond with the 412 Precondition Failed status and MUST include the Tus-Version header"
  if (status === 412) response.setHeader('tus-version', TUS_VERSION);
  if (status === 503) response.setHeader('retry-after', RETRY_AFTER_S);
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds);
  if (status === 401) response.setHeader('www-authenticate', 'Bearer');
  answer(request, response, status, `${message}\n`);
}

function answer(request: IncomingMessage, response: ServerResponse, status: number, body = ''): void {
  // What is left of the body will not be read: the connection cannot carry another request.
  if (!request.complete || request.readableLength > 0) response.setHeader('connection', 'close');
  if (status !== 204) response.setHeader('content-type', 'text/plain;charset=UTF-8');
  if (body !== '') response.setHeader('content-length', Buffer.byteLength(body));
  response.writeHead(status).end(body);
}
