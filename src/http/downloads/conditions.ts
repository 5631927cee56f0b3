// Evaluates the preconditions and the range of a download, in the order of RFC 9110 section 13.2.2.
import type { IncomingMessage } from 'node:http';
import { parse } from 'range-parser';
import type { Span } from '../../uploads/content.ts';

export type ConditionalResponse =
  | { readonly status: 200 | 206; readonly span: Span }
  | { readonly status: 304 } // not modified
  | { readonly status: 412 } // precondition failed
  | { readonly status: 416 }; // range not satisfiable

const ENTITY_TAGS = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

/** @param etag strong, quoted */
export function evaluateConditions(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  etag: string,
  size: number,
): ConditionalResponse {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch, 'if-range': ifRange = etag, range } = headers;
  if (ifMatch !== undefined && !matches(ifMatch, [etag])) return { status: 412 };
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, [etag, `W/${etag}`])) return { status: 304 };
  const whole: ConditionalResponse = { status: 200, span: { start: 0, end: size } };
  // Ranges are defined for GET only (section 14.2). A date in If-Range never matches: no Last-Modified is sent.
  if (range === undefined || method !== 'GET' || ifRange !== etag) return whole;
  return evaluateRange(range, size) ?? whole;
}

function matches(condition: string, tags: readonly string[]): boolean {
  return condition.trim() === '*' || [...condition.matchAll(ENTITY_TAGS)].some(([tag]) => tags.includes(tag));
}

/**
 * @returns null to ignore the header, as section 14.2 allows for a malformed range and for several ranges. An empty file
 * has no ranges: clients that send one with every request get it whole.
 */
function evaluateRange(range: string, size: number): ConditionalResponse | null {
  const { code, type, ranges } = parse(size, range);
  const isMalformed = (code & 1) !== 0;
  if (type !== 'bytes' || isMalformed || size === 0) return null;
  const [first] = ranges;
  if (first === undefined) return { status: 416 };
  return range.includes(',') ? null : { status: 206, span: { start: first.start, end: first.end + 1 } };
}
