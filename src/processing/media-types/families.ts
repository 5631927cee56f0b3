// Which media types are text, and which of them is read how.
import { canonicalType } from './aliases.ts';

export type TextFormat = 'html' | 'xml' | 'json' | 'csv' | 'markdown' | 'plain';

const FORMATS: ReadonlyMap<string, TextFormat> = new Map([
  ['text/html', 'html'],
  ['application/xhtml+xml', 'html'],
  ['application/xml', 'xml'],
  ['application/json', 'json'],
  ['application/x-ndjson', 'json'],
  ['text/csv', 'csv'],
  ['text/tab-separated-values', 'csv'],
  ['text/markdown', 'markdown'],
]);

/** Text, although the name does not begin with `text/`. */
const PLAIN_APPLICATIONS: ReadonlySet<string> = new Set([
  'application/javascript',
  'application/sql',
  'application/toml',
  'application/typescript',
  'application/x-httpd-php',
  'application/x-sh',
  'application/x-subrip',
  'application/x-tex',
  'application/x-yaml',
  'application/yaml',
]);

/** How the text of a type is read, or null if the type is not text. Rich Text is text of codes and counts as none. */
export function textFormatOf(essence: string): TextFormat | null {
  const type = canonicalType(essence);
  const format = FORMATS.get(type);
  if (format) return format;
  if (type.endsWith('+xml')) return 'xml';
  if (type.endsWith('+json')) return 'json';
  return type.startsWith('text/') || PLAIN_APPLICATIONS.has(type) ? 'plain' : null;
}
