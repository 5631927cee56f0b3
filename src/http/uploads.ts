// /uploads: who asks and whether they may, then tus. What a creation says of a new file is held to the rules of
// registerFile.
import type { IncomingMessage } from 'node:http';
import { type Action, may } from '../auth/permissions.ts';
import type { RegisterCommand } from '../lifecycle/commands.ts';
import type { RegistrationLimits } from '../schema/context.ts';
import { RequestError } from '../schema/types/errors.ts';
import { requireContentType, requireMetadata, requireName, requireSha256, requireSize } from '../schema/validate.ts';
import type { TusEndpoint } from '../uploads/tus-endpoint.ts';
import { UploadError } from '../uploads/upload-error.ts';
import type { Creation } from '../uploads/upload-metadata.ts';
import { type Reception, callerOf, isAllowedOrigin } from './caller.ts';
import { type Handler, send } from './respond.ts';

export interface UploadsOptions extends Reception {
  readonly tus: TusEndpoint;
  /** Browser origins allowed besides our own. */
  readonly origins: readonly string[];
}

const ACTIONS: Readonly<Record<string, Action>> = {
  POST: 'register',
  HEAD: 'upload',
  PATCH: 'upload',
  DELETE: 'delete',
};

/** A connection that brings nothing for so long is given up, and its lease with it. */
const SILENT_MS = 30_000;

export function handleUploads({ tus, origins, ...reception }: UploadsOptions): Handler {
  return async (request, response) => {
    if (!isAllowedOrigin(request, origins)) {
      return send(response, 403, 'this origin is not allowed (WAYBILL_CORS_ORIGINS)');
    }
    overrideMethod(request);
    const { principal, requestId, baseUrl } = await callerOf(request, reception);
    response.setHeader('x-request-id', requestId);
    const action = ACTIONS[request.method ?? 'GET'];
    if (action !== undefined && !may(principal, action)) return send(response, 403, 'not for your roles');
    request.setTimeout(SILENT_MS, () => request.destroy(new Error('the client has gone silent')));
    const { tenant, subject: actor } = principal;
    await tus(request, response, { tenant, actor, requestId, baseUrl });
  };
}

/** For clients that can send GET and POST only (https://tus.io/protocols/resumable-upload#x-http-method-override). */
function overrideMethod(request: IncomingMessage): void {
  const { 'x-http-method-override': method } = request.headers;
  if (request.method === 'POST' && typeof method === 'string' && Object.hasOwn(ACTIONS, method))
    request.method = method;
}

const DEFAULT_NAME = 'unnamed';

/** A creation without a registered file, as the registration it is. */
export const createRegistration =
  ({ maxUploadBytes, maxAttempts }: RegistrationLimits, newId: () => string) =>
  ({ size, metadata, origin: { tenant, actor } }: Creation, fileId: string): RegisterCommand => {
    const { filename, filetype, sha256, ...rest } = metadata;
    try {
      return {
        kind: 'register',
        tenant,
        actor,
        fileId,
        attemptId: newId(),
        name: requireName(filename ?? DEFAULT_NAME),
        contentType: requireContentType(filetype || 'application/octet-stream'),
        transfer: 'MANAGED',
        size: requireSize(size, maxUploadBytes),
        sha256: sha256 == null ? null : requireSha256(sha256),
        metadata: requireMetadata(rest),
        maxAttempts,
        idempotencyKey: null,
      };
    } catch (error) {
      if (error instanceof RequestError) throw new UploadError(400, error.message, { cause: error });
      throw error;
    }
  };
