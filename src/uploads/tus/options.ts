// OPTIONS: what this server offers (https://tus.io/protocols/resumable-upload#options), and what browsers may send and
// read across origins (https://fetch.spec.whatwg.org/#http-cors-protocol).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CHECKSUM_ALGORITHMS } from './checksum.ts';
import { TUS_VERSION } from './headers.ts';
import type { Verb } from './services.ts';

const EXTENSIONS = 'creation,creation-with-upload,checksum,expiration,termination';
const METHODS = 'POST, HEAD, PATCH, OPTIONS, DELETE';
const HEADERS =
  'Authorization, Content-Type, Location, Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Concat, ' +
  'Upload-Defer-Length, Upload-Length, Upload-Metadata, Upload-Offset, X-HTTP-Method-Override, X-Requested-With, ' +
  'X-Forwarded-Host, X-Forwarded-Proto, Forwarded';
const EXPOSED = `${HEADERS}, Retry-After, Upload-Expires, Tus-Checksum-Algorithm, X-Request-Id`;
const ALLOWED = `${HEADERS}, Upload-Checksum, Idempotency-Key, X-Request-Id`;
const PREFLIGHT_SECONDS = '86400';

/** On every answer: a page that may not read a refusal takes it for a broken network. */
export function setCors(
  { headers: { origin } }: IncomingMessage,
  response: ServerResponse,
  isAllowedOrigin: (origin: string) => boolean,
): void {
  if (origin !== undefined && isAllowedOrigin(origin)) response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', EXPOSED);
  response.setHeader('access-control-allow-credentials', 'true');
}

export const options: Verb = (_request, response, _caller, { limits }) => {
  response.setHeader('tus-version', TUS_VERSION);
  response.setHeader('tus-extension', EXTENSIONS);
  response.setHeader('tus-max-size', limits.maxUploadBytes);
  response.setHeader('tus-checksum-algorithm', CHECKSUM_ALGORITHMS);
  response.setHeader('access-control-allow-methods', METHODS);
  response.setHeader('access-control-allow-headers', ALLOWED);
  response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
  return 204;
};
