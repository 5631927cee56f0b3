// GET and HEAD /files/{id}: the bytes of a file, whole or in part.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ByteRates, Passage } from '../../auth/limits/byte-rates.ts';
import type { Authenticate } from '../../auth/authenticate.ts';
import { ROUTES } from '../../auth/needs.ts';
import type { Principal } from '../../auth/principal.ts';
import type { LiveRights } from '../../auth/rights.ts';
import type { SignedUrls } from '../../auth/urls/signed-urls.ts';
import { codeOf, isConnectionLost } from '../../db/pg-errors.ts';
import { QueryTimeout } from '../../db/read.ts';
import type { ErrorReporter } from '../../graphql/errors.ts';
import { decodeFileId } from '../../ids.ts';
import type { FileReader } from '../../lifecycle/reader.ts';
import {
  type ContentReader,
  type FileWithContent,
  type IsReadable,
  type Span,
  hasContent,
} from '../../uploads/content.ts';
import { givenRequestId } from '../caller.ts';
import { type CorsRules, sendOptions, setCors } from '../cors.ts';
import type { AllowedOrigins } from '../origins.ts';
import { principalOf } from '../principal-of.ts';
import { type Handler, pathOf, send, sendForbidden } from '../respond.ts';
import { RETRY_AFTER_S, type SignIn, isSignInError } from '../sign-in.ts';
import { evaluateConditions } from './conditions.ts';
import { SECURITY_HEADERS, cachingOf, etagOf, headersOf } from './headers.ts';
import { ClientGone, type Pace, sendBytes } from './send-bytes.ts';

export const CONTENT_PATH = '/files/' as const;

export interface DownloadOptions {
  readonly reader: FileReader;
  readonly content: ContentReader;
  readonly isReadable: IsReadable;
  /** null: as fast as it goes. */
  readonly byteRates: ByteRates | null;
  readonly authenticate: Authenticate;
  readonly signIn: SignIn;
  readonly rights: LiveRights;
  readonly urls: SignedUrls | null;
  readonly newId: () => string;
  readonly origins: AllowedOrigins;
  readonly reporter: ErrorReporter;
}

interface FoundFile {
  readonly principal: Principal;
  readonly file: FileWithContent;
}

const CORS: CorsRules = {
  methods: 'GET, HEAD, OPTIONS',
  headers: 'Authorization, If-Match, If-None-Match, If-Range, Range, X-Request-Id',
  exposed: 'ETag, Content-Range, Content-Disposition, Content-Length, Retry-After',
};

export function handleDownloads(options: DownloadOptions): Handler {
  return async (request, response) => {
    const requestId = givenRequestId(request) ?? options.newId();
    response.setHeaders(new Map(Object.entries({ ...SECURITY_HEADERS, 'x-request-id': requestId })));
    setCors(request, response, options.origins, CORS);
    try {
      await serve(request, response, options);
    } catch (error) {
      if (!(error instanceof ClientGone)) fail(request, response, error, requestId, options);
    }
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, options: DownloadOptions): Promise<void> {
  const { method } = request;
  if (method === 'OPTIONS') return sendOptions(request, response, CORS);
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', CORS.methods);
    return send(response, 405, 'Only GET and HEAD are allowed.');
  }
  const found = await findFile(request, options);
  if (found === 403) return sendForbidden(response);
  if (found === 404) return send(response, 404, 'not found');
  await sendContent(request, response, found, options);
}

/** Checks the permission first, so that 403 says nothing about what exists. Foreign, unknown and unfinished are all 404. */
async function findFile(
  request: IncomingMessage,
  { reader, isReadable, ...options }: DownloadOptions,
): Promise<FoundFile | 403 | 404> {
  const fileId = decodeFileId(pathOf(request).slice(CONTENT_PATH.length));
  const principal = await principalOf(request, { action: ROUTES[CONTENT_PATH], fileId }, options);
  if (principal === 403) return 403;
  const file = fileId === null ? null : await reader.readFile(principal.tenant, fileId);
  return file !== null && isReadable(file) && hasContent(file) ? { principal, file } : 404;
}

async function sendContent(
  request: IncomingMessage,
  response: ServerResponse,
  { principal, file }: FoundFile,
  { content, rights, byteRates }: DownloadOptions,
): Promise<void> {
  const conditional = evaluateConditions(request, etagOf(file), file.size);
  if (conditional.status === 304) return void response.writeHead(304, cachingOf(file)).end();
  if (conditional.status === 412) return send(response, 412, 'The content has changed.');
  if (conditional.status === 416) {
    response.setHeader('content-range', `bytes */${file.size}`);
    return send(response, 416, `The file has ${file.size} bytes.`);
  }
  const { status, span } = conditional;
  const headers = { ...headersOf(file), ...lengthOf(span, status, file.size) };
  if (request.method === 'HEAD' || span.end === 0) return void response.writeHead(status, headers).end();
  const passage = byteRates?.admit(principal.tenant, span.end - span.start) ?? null;
  if (passage !== null && 'retryAfterSeconds' in passage) {
    response.setHeader('retry-after', passage.retryAfterSeconds);
    return send(response, 429, 'RATE_LIMITED: the tenant fetches more than it may; try again later.');
  }
  const end = (): void => passage?.end();
  const head = (): void => void response.writeHead(status, headers);
  await sendSpan(response, { principal, file }, { content, rights }, { span, head, passage }).finally(end);
}

interface Sending {
  readonly span: Span;
  /** Sends the status and the headers. */
  readonly head: () => void;
  readonly passage: Passage | null;
}

async function sendSpan(
  response: ServerResponse,
  { principal, file }: FoundFile,
  { content, rights }: Pick<DownloadOptions, 'content' | 'rights'>,
  { span, head, passage }: Sending,
): Promise<void> {
  const bytes = await content.open(principal.tenant, file, span);
  // The file was reset after it was found.
  if (bytes === null) return send(response, 404, 'not found');
  // Broken off, so that no short body looks complete; another request for the rest is told why.
  const watch = rights.watch(principal, () => response.destroy());
  try {
    await sendBytes(bytes, response, head, passage === null ? null : paceOf(passage));
  } finally {
    watch.release();
  }
}

function paceOf(passage: Passage): Pace {
  return async (sent) => {
    passage.count(sent);
    await passage.wait();
  };
}

function lengthOf({ start, end }: Span, status: 200 | 206, size: number): Record<string, string> {
  const length = { 'content-length': String(end - start) };
  return status === 200 ? length : { ...length, 'content-range': `bytes ${start}-${end - 1}/${size}` };
}

/** The log gets the error with the request's id; the client learns only that there was one. */
function fail(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  requestId: string,
  { reporter: { log, onMasked }, signIn }: DownloadOptions,
): void {
  if (isSignInError(error)) return signIn.refuse(error, request, response, requestId);
  // To the database, or to a byte store across the network; or the database takes too long.
  const isUnreachable =
    error instanceof QueryTimeout ||
    isConnectionLost(error) ||
    (error instanceof Error && isConnectionLost(error.cause));
  if (isUnreachable) log.warn({ err: error, requestId }, 'content unreachable');
  else {
    onMasked();
    log.error({ err: error, requestId }, 'download failed');
  }
  if (response.headersSent) response.destroy();
  else if (isUnreachable) {
    response.setHeader('retry-after', RETRY_AFTER_S);
    send(response, 503, 'The content cannot be reached; try again.');
  } else if (codeOf(error) === 'BYTES_LOST') send(response, 410, 'BYTES_LOST: the bytes of this file are lost.');
  else send(response, 500, 'internal error');
}
