// GET and HEAD /files/{id}: the bytes of a file, whole or in part.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Authenticate } from '../auth/authenticate.ts';
import { may } from '../auth/permissions.ts';
import { isConnectionLost } from '../db/pg-errors.ts';
import type { FileReader } from '../lifecycle/file-reader.ts';
import { decodeFileId } from '../schema/ids.ts';
import { type ContentReader, type FileWithContent, type Span, hasContent } from '../uploads/content.ts';
import { givenRequestId, isAllowedOrigin } from './caller.ts';
import { GUARDS, cachingOf, etagOf, headersOf } from './content-headers.ts';
import { decide } from './content-request.ts';
import { type CorsRules, sendOptions, setCors } from './cors.ts';
import type { ErrorReporter } from './errors.ts';
import { type Handler, pathOf, send } from './respond.ts';

export const CONTENT_PATH = '/files/';

export interface ContentOptions {
  readonly reader: FileReader;
  readonly content: ContentReader;
  readonly authenticate: Authenticate;
  readonly newId: () => string;
  /** Browser origins allowed besides our own. */
  readonly origins: readonly string[];
  readonly reporter: ErrorReporter;
}

interface Found {
  readonly tenant: string;
  readonly file: FileWithContent;
}

const CORS: CorsRules = {
  methods: 'GET, HEAD, OPTIONS',
  headers: 'Authorization, If-Match, If-None-Match, If-Range, Range, X-Request-Id',
  exposed: 'ETag, Content-Range, Content-Disposition, Content-Length',
};

class ClientGone extends Error {}

export function handleContent(options: ContentOptions): Handler {
  return async (request, response) => {
    const requestId = givenRequestId(request) ?? options.newId();
    response.setHeaders(new Map(Object.entries({ ...GUARDS, 'x-request-id': requestId })));
    setCors(request, response, options.origins, CORS);
    try {
      await answer(request, response, options);
    } catch (error) {
      if (!(error instanceof ClientGone)) fail(response, error, requestId, options.reporter);
    }
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ContentOptions): Promise<void> {
  const { method } = request;
  if (!isAllowedOrigin(request, options.origins)) {
    return send(response, 403, 'this origin is not allowed (WAYBILL_CORS_ORIGINS)');
  }
  if (method === 'OPTIONS') return sendOptions(response, CORS);
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', CORS.methods);
    return send(response, 405, 'only GET and HEAD are served here');
  }
  const found = await find(request, options);
  if (typeof found === 'number') return send(response, found, found === 403 ? 'not for your roles' : 'not found');
  await sendContent(request, response, found, options.content);
}

/** Permission first, so that it says nothing about what exists. Foreign, unknown and unfinished are all the same. */
async function find(request: IncomingMessage, { authenticate, reader }: ContentOptions): Promise<Found | 403 | 404> {
  const { authorization = null } = request.headers;
  const principal = await authenticate({ authorization });
  if (!may(principal, 'read')) return 403;
  const fileId = decodeFileId(pathOf(request).slice(CONTENT_PATH.length));
  const { tenant } = principal;
  const file = fileId === null ? null : await reader.readFile(tenant, fileId);
  return file !== null && hasContent(file) ? { tenant, file } : 404;
}

async function sendContent(
  request: IncomingMessage,
  response: ServerResponse,
  { tenant, file }: Found,
  content: ContentReader,
): Promise<void> {
  const decision = decide(request, etagOf(file), file.size);
  if (decision.status === 304) return void response.writeHead(304, cachingOf(file)).end();
  if (decision.status === 412) return send(response, 412, 'the content is another one');
  if (decision.status === 416) {
    response.setHeader('content-range', `bytes */${file.size}`);
    return send(response, 416, `there are ${file.size} bytes`);
  }
  const { status, span } = decision;
  const headers = { ...headersOf(file), ...placeOf(span, status, file.size) };
  if (request.method === 'HEAD' || span.end === 0) return void response.writeHead(status, headers).end();
  const bytes = await content.open(tenant, file, span);
  // Reset since it was looked up: there was a moment without content.
  if (bytes === null) return send(response, 404, 'not found');
  await sendBytes(bytes, response, () => response.writeHead(status, headers));
}

function placeOf({ start, end }: Span, status: 200 | 206, size: number): Record<string, string> {
  const length = { 'content-length': String(end - start) };
  return status === 200 ? length : { ...length, 'content-range': `bytes ${start}-${end - 1}/${size}` };
}

/**
 * Says that there is content once the first of it is at hand; what breaks later breaks the connection, so that no short
 * body looks complete. Whichever side goes, the other is destroyed.
 * @throws ClientGone, and whatever the byte store throws
 */
async function sendBytes(bytes: Readable, response: ServerResponse, sendHead: () => void): Promise<void> {
  const gone = new ClientGone();
  const leave = (): void => void bytes.destroy(gone);
  response.once('close', leave);
  bytes.on('error', () => undefined);
  if (response.destroyed) leave();
  await once(bytes, 'readable');
  sendHead();
  await pipeline(bytes, response).catch((error: unknown) => {
    throw bytes.errored === null || bytes.errored === gone ? gone : error;
  });
}

/** In the log, under the request's id, and to the client only that there is something wrong. */
function fail(response: ServerResponse, error: unknown, requestId: string, { log, onMasked }: ErrorReporter): void {
  // Of the database, or of a byte store across the network.
  const isAway = isConnectionLost(error);
  if (isAway) log.warn({ err: error, requestId }, 'content could not be reached');
  else {
    onMasked();
    log.error({ err: error, requestId }, 'content could not be sent');
  }
  if (response.headersSent) response.destroy();
  else if (isAway) send(response, 503, 'the content cannot be reached; try again');
  else send(response, 500, 'internal error');
}
