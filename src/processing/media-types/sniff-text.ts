// Tells apart what a text is: HTML, XML, SVG, JSON, CSV, Markdown; otherwise it is plain text.
import { csvShape } from '../text/csv-shape.ts';

/** Fewer lines with as many commas are also found in prose and in lists. */
const LEAST_LINES_OF_CSV = 3;

// The elements of the MIME Sniffing Standard, 7.1, and `doctype html`.
const HTML =
  /^(?:<!doctype html|<(?:html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta|ul|ol|link|img|form|section|article|main|header|nav)[\s>/])/i;

/**
 * @param text the beginning of the text, without byte order mark
 * @param complete whether this is all of it
 */
export function sniffText(text: string, complete: boolean): string {
  const start = withoutPreamble(text);
  if (HTML.test(start)) return hasXhtmlNamespace(start) ? 'application/xhtml+xml' : 'text/html';
  if (/^<(?:!doctype svg|svg[\s>])/i.test(start)) return 'image/svg+xml';
  if (/^\s*<\?xml\s/.test(text) || isElement(start, complete)) return 'application/xml';
  if (isJson(text, complete)) return 'application/json';
  if (isCsv(text, complete)) return 'text/csv';
  return isMarkdown(text) ? 'text/markdown' : 'text/plain';
}

/** Without space, the XML declaration and comments, which may stand before a root element. Linear in the text. */
function withoutPreamble(text: string): string {
  let rest = text.trimStart();
  for (;;) {
    const end = rest.startsWith('<?xml') ? '?>' : '-->';
    if (!rest.startsWith('<?xml') && !rest.startsWith('<!--')) return rest.slice(0, 4096);
    const index = rest.indexOf(end);
    if (index === -1) return '';
    rest = rest.slice(index + end.length).trimStart();
  }
}

function hasXhtmlNamespace(start: string): boolean {
  return /^(?:<!doctype[^>]*>\s*)?<html[^>]*\sxmlns=["']http:\/\/www\.w3\.org\/1999\/xhtml["']/i.test(start);
}

/** A document that begins with an element, or with a DOCTYPE, and ends with a tag. */
function isElement(start: string, complete: boolean): boolean {
  if (/^<!DOCTYPE\s/.test(start)) return true;
  return complete && /^<([A-Za-z_][\w.:-]*)(?:\s[^<>]*)?>/.test(start) && start.trimEnd().endsWith('>');
}

function isJson(text: string, complete: boolean): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  if (!complete)
    return /^\s*(?:\{\s*"(?:[^"\\]|\\.){0,1000}"\s*:|\[\s*(?:[[{]\s*["[{\]}]|"(?:[^"\\]|\\.){0,1000}"\s*[,\]]))/.test(
      text,
    );
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isCsv(text: string, complete: boolean): boolean {
  const lines = text.split('\n', LEAST_LINES_OF_CSV + 1).filter((line) => line.trim() !== '');
  return lines.length >= LEAST_LINES_OF_CSV && csvShape(text, complete) !== null;
}

/** Two signs at least: one alone is a comment of a script or a list in a letter. */
function isMarkdown(text: string): boolean {
  const signs = [
    /^#{1,6} \S/m,
    /^(?:```|~~~)/m,
    /^[-*+] \S/m,
    /\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)/,
    /\*\*[^\s*][^*\n]{0,200}\*\*/,
    /^\|? ?:?-{3,}:? ?\|/m,
  ];
  return signs.filter((sign) => sign.test(text)).length >= 2;
}
