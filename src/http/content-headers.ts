// What is said of content that somebody uploaded. It is offered for saving and never rendered: a page of it would run as
// one of ours, with whatever our users may do.
import { create } from 'content-disposition';
import type { FileWithContent } from '../uploads/content.ts';

/** With every answer below /files/, refusals included. */
export const GUARDS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'",
};

const MAX_NAME = 200;

// Control characters, and those that turn the direction of text: `exe.gpj` could be shown for `jpg.exe`.
const TREACHEROUS = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Names are free text: what stands before the last / or \ is no folder of anybody's. */
function fileNameOf({ name, id }: FileWithContent): string {
  const [last = ''] = name.replaceAll(TREACHEROUS, '').split(/[/\\]/).slice(-1);
  if (/^[.\s]*$/.test(last)) return `file_${id}`;
  const letters = Array.from(last);
  if (letters.length <= MAX_NAME) return last;
  // Longer than file systems take, and percent-encoded than proxies do. The end says what kind of file it is.
  return [...letters.slice(0, MAX_NAME - 20), ...letters.slice(-20)].join('');
}

export const etagOf = ({ sha256 }: FileWithContent): string => `"${sha256}"`;

/** Of 200, 206 and 304 alike. */
export const cachingOf = (file: FileWithContent): Record<string, string> => ({
  etag: etagOf(file),
  'cache-control': 'private, no-cache',
});

export function headersOf(file: FileWithContent): Record<string, string> {
  // Checked at registration; a header that Node refuses would be a 500 for ever.
  const isPrintable = /^[\t\x20-\x7e]+$/.test(file.contentType);
  return {
    ...cachingOf(file),
    'accept-ranges': 'bytes',
    'content-type': isPrintable ? file.contentType : 'application/octet-stream',
    'content-disposition': create(fileNameOf(file)),
  };
}
