// The headers of a download. Uploaded content is offered for saving and never rendered: a rendered page would run with
// the origin of this server, and so with the rights of its users.
import { create } from 'content-disposition';
import type { FileWithContent } from '../../uploads/content.ts';

/** Sent with every answer below /files/, refusals included. */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'",
  // The URL itself may carry the right to the file.
  'referrer-policy': 'no-referrer',
};

const MAX_NAME = 200;
const NAME_END = 20;

// Control characters, and those that change the direction of text: `exe.gpj` could be displayed as `jpg.exe`.
const MISLEADING = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Names are free text: what precedes the last / or \ is dropped, because it is no folder of the person who saves. */
function fileNameOf({ name, id }: FileWithContent): string {
  const [last = ''] = name.replaceAll(MISLEADING, '').split(/[/\\]/).slice(-1);
  if (/^[.\s]*$/.test(last)) return `file_${id}`;
  const letters = Array.from(last);
  if (letters.length <= MAX_NAME) return last;
  // File systems and, once percent-encoded, proxies refuse longer names. The end is kept for the extension.
  return [...letters.slice(0, MAX_NAME - NAME_END), ...letters.slice(-NAME_END)].join('');
}

export const etagOf = ({ sha256 }: FileWithContent): string => `"${sha256}"`;

/** The same for 200, 206 and 304. */
export const cachingOf = (file: FileWithContent): Record<string, string> => ({
  etag: etagOf(file),
  'cache-control': 'private, no-cache',
});

export function headersOf(file: FileWithContent): Record<string, string> {
  // Registration checks the type too, but a header that Node refuses would make every download a 500.
  const isPrintable = /^[\t\x20-\x7e]+$/.test(file.contentType);
  return {
    ...cachingOf(file),
    'accept-ranges': 'bytes',
    'content-type': isPrintable ? file.contentType : 'application/octet-stream',
    'content-disposition': create(fileNameOf(file)),
  };
}
