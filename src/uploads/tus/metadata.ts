// Upload-Metadata (https://tus.io/protocols/resumable-upload#upload-metadata): "one or more comma-separated key-value
// pairs. The key and value MUST be separated by a space. The key MUST NOT contain spaces and commas and MUST NOT be empty.
// The key SHOULD be ASCII encoded and the value MUST be Base64 encoded. All keys MUST be unique."
import type { FileSnapshot } from '../../entities/file-snapshot.ts';
import { membersOf } from '../../entities/json-text.ts';
import { MOST_HEADER_BYTES } from '../../entities/metadata-header.ts';

/** By key; a key without a value is null. */
export type UploadMetadata = Readonly<Record<string, string | null>>;

const KEY = /^[\x21-\x2b\x2d-\x7e]+$/;
const BASE64 = /^[\dA-Za-z+/]*={0,2}$/;

/** @returns null when it is malformed */
export function parseMetadata(header: string): UploadMetadata | null {
  const metadata: Record<string, string | null> = {};
  for (const pair of header.split(',')) {
    // Spaces around a comma are what HTTP allows in a list.
    const [key = '', value = '', ...rest] = pair.trim().split(' ');
    const isEncoded = value.length % 4 === 0 && BASE64.test(value);
    // `in`: a key that every object has, such as toString, is refused too.
    if (!KEY.test(key) || !isEncoded || rest.length > 0 || key in metadata) return null;
    metadata[key] = value === '' ? null : Buffer.from(value, 'base64').toString();
  }
  return metadata;
}

/** Null when it is too long to be kept. */
export const keptHeader = (header: string | null): string | null =>
  header !== null && Buffer.byteLength(header) > MOST_HEADER_BYTES ? null : header;

/** The metadata of a file whose header was not kept, as a HEAD answers it. */
export function formatMetadata({ name, contentType, metadata }: FileSnapshot): string {
  const described = { filename: name, filetype: contentType };
  const texts = Object.entries(membersOf(metadata)).filter(
    (entry): entry is [string, string | null] =>
      KEY.test(entry[0]) && (typeof entry[1] === 'string' || entry[1] === null),
  );
  const all = { ...Object.fromEntries(texts), ...described };
  const answered = Buffer.byteLength(JSON.stringify(all)) > MOST_HEADER_BYTES ? described : all;
  return Object.entries(answered).map(formatPair).join(',');
}

const formatPair = ([key, value]: [string, string | null]): string =>
  value === null ? key : `${key} ${Buffer.from(value).toString('base64')}`;
