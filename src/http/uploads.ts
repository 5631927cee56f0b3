// /uploads: authenticates and authorises, then hands the request to tus.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ROUTES } from '../auth/needs.ts';
import type { Action } from '../auth/permissions.ts';
import type { TusHandler } from '../uploads/tus/tus.ts';
import type { Principal } from '../auth/principal.ts';
import { setCors } from '../uploads/tus/options.ts';
import { findFileId } from '../uploads/tus/upload.ts';
import { type CallerOptions, givenRequestId } from './caller.ts';
import type { AllowedOrigins } from './origins.ts';
import type { UploadMetrics } from './monitoring/uploads.ts';
import { principalOf } from './principal-of.ts';
import { type Handler, sendForbidden } from './respond.ts';

export interface UploadsOptions extends CallerOptions {
  readonly tus: TusHandler;
  readonly metrics: UploadMetrics;
  readonly origins: AllowedOrigins;
}

const NEEDS: Readonly<Record<string, Action | 'public'>> = { ...ROUTES['/uploads'], ...ROUTES['/uploads/'] };

/** A connection that sends nothing for so long is closed, which releases its lease. */
const SILENT_MS = 30_000;

const NOBODY: Principal = { subject: '', tenant: '', roles: [] };

export function handleUploads(options: UploadsOptions): Handler {
  const { tus, metrics, newId } = options;
  return async (request, response) => {
    overrideMethod(request);
    metrics.watch(request, response);
    const requestId = givenRequestId(request) ?? newId();
    response.setHeader('x-request-id', requestId);
    // A preflight carries no credentials (https://fetch.spec.whatwg.org/#cors-preflight-fetch); other methods are refused.
    const need = NEEDS[request.method ?? 'GET'] ?? 'public';
    const principal = need === 'public' ? NOBODY : await findPrincipal(request, response, requestId, need, options);
    if (principal === null) return;
    if (principal === 403) return sendForbidden(response);
    request.setTimeout(SILENT_MS, () => request.destroy(new Error('the client has gone silent')));
    const { tenant, subject: actor } = principal;
    const { signal: right, release } = options.rights.signalOf(principal);
    try {
      await tus(request, response, { tenant, actor, requestId, baseUrl: options.baseUrlOf(request), right });
    } finally {
      release();
    }
  };
}

/** Null when it was refused. */
async function findPrincipal(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  action: Action,
  options: UploadsOptions,
): Promise<Principal | 403 | null> {
  try {
    return await principalOf(request, { action, fileId: findFileId(request) }, options);
  } catch (error) {
    // A page that may not read a refusal takes it for a broken network.
    setCors(request, response, (origin) => options.origins.includes(origin));
    options.signIn.refuse(error, request, response, requestId);
    return null;
  }
}

/**
 * For clients that can send GET and POST only: "The actual method of the request MUST be ignored"
 * (https://tus.io/protocols/resumable-upload#x-http-method-override).
 */
function overrideMethod(request: IncomingMessage): void {
  const { 'x-http-method-override': method } = request.headers;
  if (typeof method === 'string' && Object.hasOwn(NEEDS, method)) request.method = method;
}
