// What input must look like. Each check names the field and the rule; nothing has been written when one fails.
import { decodeFileId } from './ids.ts';
import { RequestError } from './types/errors.ts';

export const invalid = (field: string, message: string): RequestError =>
  new RequestError('INVALID_INPUT', message, field);

const MAX_NAME = 1_024;
const MAX_KEY = 200;
const MAX_METADATA_BYTES = 16 * 1024;
const MAX_METADATA_DEPTH = 32;
const MAX_CODE = 100;
const MAX_MESSAGE = 2_000;

// RFC 6838 section 4.2 names, with parameters as RFC 9110 section 5.6.6 writes them.
const TOKEN = "[A-Za-z0-9][A-Za-z0-9!#$&^_.+'*|~-]{0,126}";
const CONTENT_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|"[ !#-[\\]-~]*"))*$`);
const MAX_CONTENT_TYPE = 255;

/** In code points, so that an emoji outside the BMP is one character. */
const lengthOf = (text: string): number => Array.from(text).length;

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

function requireText(field: string, text: string, most: number): string {
  if (text.length === 0) throw invalid(field, `${field} must not be empty.`);
  if (text.length > 2 * most || lengthOf(text) > most) {
    throw invalid(field, `${field} must be at most ${most} characters long.`);
  }
  if (!isStorable(text)) throw invalid(field, `${field} must be well-formed Unicode without NUL.`);
  return text;
}

/** A tus client's id or URL is not an id here: the prefix and the UUID must be right. */
export function requireFileId(field: string, id: string): string {
  const fileId = decodeFileId(id);
  if (fileId === null) throw invalid(field, `${field} must be the id of a file, such as file_018f….`);
  return fileId;
}

/** What no stored text can contain cannot be searched for; PostgreSQL would end the connection over a NUL. */
export function requireSearchable(field: string, text: string): string {
  if (!isStorable(text)) throw invalid(field, `${field} must be well-formed Unicode without NUL.`);
  return text;
}

export function requireName(name: string): string {
  requireText('name', name, MAX_NAME);
  if (/\p{Cc}/u.test(name)) throw invalid('name', 'name must not contain control characters.');
  return name;
}

export function requireContentType(contentType: string): string {
  if (contentType.length > MAX_CONTENT_TYPE || !CONTENT_TYPE.test(contentType)) {
    throw invalid('contentType', 'contentType must be a media type, such as image/png.');
  }
  return contentType;
}

/** Bytes. */
export function requireSize(size: number, most: number): number {
  if (size < 0) throw invalid('size', 'size must not be negative.');
  if (size > most) throw invalid('size', `size must be at most ${most} bytes (WAYBILL_MAX_UPLOAD_BYTES).`);
  return size;
}

export function requireSha256(sha256: string): string {
  if (!/^[0-9a-fA-F]{64}$/.test(sha256)) throw invalid('sha256', 'sha256 must be 64 hexadecimal digits.');
  return sha256.toLowerCase();
}

export function requireKey(key: string): string {
  return requireText('idempotencyKey', key, MAX_KEY);
}

export function requireVersion(version: number): number {
  if (version < 0) throw invalid('expectedVersion', 'expectedVersion must not be negative.');
  return version;
}

export function requireMetadata(metadata: Record<string, unknown>): Record<string, unknown> {
  // Depth first: what follows recurses, here and in the driver.
  requireStorable(metadata, MAX_METADATA_DEPTH);
  if (Buffer.byteLength(JSON.stringify(metadata)) > MAX_METADATA_BYTES) {
    throw invalid('metadata', 'metadata must be at most 16 KiB of JSON.');
  }
  return metadata;
}

function requireStorable(value: unknown, depthLeft: number): void {
  if (typeof value === 'string' && !isStorable(value)) {
    throw invalid('metadata', 'metadata must be well-formed Unicode without NUL.');
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw invalid('metadata', 'metadata must not contain numbers beyond the range of a double.');
  }
  if (typeof value !== 'object' || value === null) return;
  if (depthLeft === 0) throw invalid('metadata', `metadata must be at most ${MAX_METADATA_DEPTH} levels deep.`);
  for (const [key, item] of Object.entries(value)) {
    // An own `__proto__` becomes the prototype wherever somebody copies the object key by key.
    if (key === '__proto__') throw invalid('metadata', 'metadata must not have a key __proto__.');
    requireStorable(key, depthLeft);
    requireStorable(item, depthLeft - 1);
  }
}

export function requireFailure({
  code,
  message,
  retryable,
}: {
  readonly code: string;
  readonly message: string;
  readonly retryable?: boolean | null | undefined;
}): { code: string; message: string; retryable: boolean } {
  requireText('failure.code', code, MAX_CODE);
  requireText('failure.message', message, MAX_MESSAGE);
  return { code, message, retryable: retryable ?? true };
}
