// The rules for single fields of an input. Each returns what is wrong as a sentence for the client, or null.
import { decodeFileId } from '../ids.ts';

/** What is wrong with a field; null when nothing is. */
export type Fault = string | null;

const MAX_NAME = 1_024;
const MAX_KEY = 200;
const MAX_METADATA_BYTES = 16 * 1024;
/** Of all properties of a file together. */
export const MAX_PROPERTIES_BYTES = 32 * 1024;
const MAX_JSON_DEPTH = 32;
const MAX_CODE = 100;
const MAX_MESSAGE = 2_000;
const MAX_LABEL = 200;
const MAX_MEDIA_RANGES = 50;
/** Of the text that a worker found in a file, in UTF-8. */
const MAX_TEXT_BYTES = 2 ** 20;

// RFC 6838 section 4.2 names, with parameters as RFC 9110 section 5.6.6 writes them.
const TOKEN = "[A-Za-z0-9][A-Za-z0-9!#$&^_.+'*|~-]{0,126}";
const CONTENT_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|"[ !#-[\\]-~]*"))*$`);
const MEDIA_KIND = new RegExp(`^${TOKEN}/\\*$`);
const MAX_CONTENT_TYPE = 255;

/** In code points, so that an emoji outside the BMP is one character. */
const lengthOf = (text: string): number => Array.from(text).length;

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

function textFault(field: string, text: string, maxLength: number): Fault {
  if (text.length === 0) return `${field} must not be empty.`;
  // Cheap first: a code point is at most two UTF-16 units.
  if (text.length > 2 * maxLength || lengthOf(text) > maxLength) {
    return `${field} must be at most ${maxLength} characters long.`;
  }
  return storableFault(field, text);
}

/** PostgreSQL ends the connection over a NUL. */
export const storableFault = (field: string, text: string): Fault =>
  isStorable(text) ? null : `${field} must be well-formed Unicode without NUL.`;

/** Text to look for in names: what is longer than a name is in none. It may be empty, which finds all. */
export const searchFault = (field: string, text: string): Fault =>
  text === '' ? null : textFault(field, text, MAX_NAME);

/** The id or URL of a tus client is refused: both the prefix and the UUID must be right. */
export const fileIdFault = (field: string, id: string): Fault =>
  decodeFileId(id) === null ? `${field} must be the id of a file, such as file_018f….` : null;

export const nameFault = (name: string): Fault =>
  textFault('name', name, MAX_NAME) ?? (/\p{Cc}/u.test(name) ? 'name must not contain control characters.' : null);

export const contentTypeFault = (contentType: string): Fault =>
  contentType.length > MAX_CONTENT_TYPE || !CONTENT_TYPE.test(contentType)
    ? 'contentType must be a media type, such as image/png.'
    : null;

/** Bytes. */
export function sizeFault(size: number, maxBytes: number): Fault {
  if (size < 0) return 'size must not be negative.';
  return size > maxBytes ? `size must be at most ${maxBytes} bytes (WAYBILL_MAX_UPLOAD_BYTES).` : null;
}

export const sha256Fault = (sha256: string): Fault =>
  /^[0-9a-fA-F]{64}$/.test(sha256) ? null : 'sha256 must be 64 hexadecimal digits.';

export const keyFault = (key: string): Fault => textFault('idempotencyKey', key, MAX_KEY);

export const negativeFault = (field: string, value: number): Fault =>
  value < 0 ? `${field} must not be negative.` : null;

export const failureCodeFault = (code: string): Fault => textFault('failure.code', code, MAX_CODE);

export const failureMessageFault = (message: string): Fault => textFault('failure.message', message, MAX_MESSAGE);

export const metadataFault = (metadata: Record<string, unknown>): Fault =>
  objectFault('metadata', metadata, MAX_METADATA_BYTES);

/** What processors found; the limit of all properties of a file together is the same. */
export const propertiesFault = (properties: Record<string, unknown>): Fault =>
  objectFault('properties', properties, MAX_PROPERTIES_BYTES);

/** Inclusive. */
export const rangeFault = (field: string, value: number, least: number, most: number): Fault =>
  value >= least && value <= most ? null : `${field} must be from ${least} to ${most}.`;

/** The name of a worker or of a processor, or a version. */
export const labelFault = (field: string, text: string): Fault => textFault(field, text, MAX_LABEL);

/** What a worker says it is doing. */
export const progressMessageFault = (message: string): Fault => textFault('message', message, MAX_MESSAGE);

/** Media types, or kinds of them such as `image/*`. */
export function mediaRangesFault(field: string, ranges: readonly string[]): Fault {
  if (ranges.length === 0 || ranges.length > MAX_MEDIA_RANGES)
    return `${field} must be 1 to ${MAX_MEDIA_RANGES} types.`;
  const isRange = (range: string): boolean => MEDIA_KIND.test(range) || contentTypeFault(range) === null;
  return ranges.every(isRange) ? null : `${field} must be media types, such as image/png, or kinds, such as image/*.`;
}

/** Text for search. */
export function foundTextFault(text: string): Fault {
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) return 'text must be at most 1 MiB of UTF-8.';
  return storableFault('text', text);
}

export const leaseTokenFault = (token: string): Fault => textFault('leaseToken', token, MAX_KEY);

function objectFault(field: string, value: Record<string, unknown>, maxBytes: number): Fault {
  // Depth first: JSON.stringify recurses, and so does the driver.
  const fault = jsonFault(field, value, MAX_JSON_DEPTH);
  if (fault !== null) return fault;
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > maxBytes ? `${field} must be at most ${maxBytes / 1024} KiB of JSON.` : null;
}

function jsonFault(field: string, value: unknown, depthLeft: number): Fault {
  if (typeof value === 'string') return storableFault(field, value);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return `${field} must not contain numbers beyond the range of a double.`;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (depthLeft === 0) return `${field} must be at most ${MAX_JSON_DEPTH} levels deep.`;
  const members = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(members);
  // Each takes two bytes or more. A mebibyte of them would hold up the process for 30 ms longer if they were looked at.
  if (keys.length > MAX_PROPERTIES_BYTES / 2) return `${field} has too many members.`;
  for (const key of keys) {
    // An own `__proto__` becomes the prototype of any copy that is made key by key.
    if (key === '__proto__') return `${field} must not have a key __proto__.`;
    const fault = storableFault(field, key) ?? jsonFault(field, members[key], depthLeft - 1);
    if (fault !== null) return fault;
  }
  return null;
}
