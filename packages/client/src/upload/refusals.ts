// What has become of a request that brought bytes.
import type { DetailedError, HttpResponse } from 'tus-js-client';
import { WaybillError } from '../errors.ts';
import { readRetryAfter } from '../http/send.ts';

const MAX_CHARACTERS = 300;

/**
 * - UNAUTHENTICATED: the right in the URL has ended (401)
 * - RATE_LIMITED (429), with the time to wait
 * - OFFSET_CONFLICT: another request is writing, or has written (409, 423)
 * - FILE_CHANGED: the file on the server is not as it was: it failed, was deleted, or its bytes are lost (403, 404, 410, 460)
 * - QUOTA_EXCEEDED (413)
 * - STORAGE_FULL (507)
 * - UNEXPECTED_ANSWER: any other, with its `status` in the extensions
 */
function codeOf(status: number, text: string): string {
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 429) return 'RATE_LIMITED';
  if (status === 409 || status === 423) return 'OFFSET_CONFLICT';
  if (status === 403 || status === 404 || status === 410 || status === 460) return 'FILE_CHANGED';
  if (status === 413 && text.includes('QUOTA_EXCEEDED')) return 'QUOTA_EXCEEDED';
  return status === 507 ? 'STORAGE_FULL' : 'UNEXPECTED_ANSWER';
}

/** What tus-js-client has failed with. */
export function toSendError(error: Error | DetailedError): WaybillError {
  const { originalResponse: response = null, causingError } = error as Partial<DetailedError>;
  if (response !== null) return fromAnswer(response);
  if (causingError instanceof WaybillError) return causingError;
  return new WaybillError('NETWORK', 'The server cannot be reached.', { cause: causingError ?? error });
}

function fromAnswer(response: HttpResponse): WaybillError {
  const status = response.getStatus();
  const [line = ''] = response.getBody().trim().split('\n');
  const isPage = line.startsWith('<');
  // Every answer of Waybill says which tus it speaks.
  const isByProxy = isPage && response.getHeader('tus-resumable') === undefined;
  const text = isPage ? '' : line.slice(0, MAX_CHARACTERS);
  return new WaybillError(codeOf(status, line), describe(status, text, isByProxy), {
    retryAfterMs: readRetryAfter(response.getHeader('Retry-After') ?? null),
    extensions: { status, text, isByProxy },
  });
}

function describe(status: number, text: string, isByProxy: boolean): string {
  if (isByProxy && status === 413) return 'A proxy takes smaller requests only: use a smaller chunkSize.';
  return `The bytes were answered with ${status}${text === '' ? '' : `: ${text}`}`;
}
