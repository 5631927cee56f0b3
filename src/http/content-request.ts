// What a request for content asks of it: preconditions and range, in the order of RFC 9110 section 13.2.2.
import type { IncomingMessage } from 'node:http';
import { parse } from 'range-parser';
import type { Span } from '../uploads/content.ts';

export type Decision =
  | { readonly status: 200 | 206; readonly span: Span }
  | { readonly status: 304 } // not modified
  | { readonly status: 412 } // precondition failed
  | { readonly status: 416 }; // range not satisfiable

const ENTITY_TAGS = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

/** @param etag strong, quoted */
export function decide(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  etag: string,
  size: number,
): Decision {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch, 'if-range': ifRange = etag, range } = headers;
  if (ifMatch !== undefined && !matches(ifMatch, [etag])) return { status: 412 };
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, [etag, `W/${etag}`])) return { status: 304 };
  const whole: Decision = { status: 200, span: { start: 0, end: size } };
  // Ranges are defined for GET alone (section 14.2). A date in If-Range is never ours: we send none.
  if (range === undefined || method !== 'GET' || ifRange !== etag) return whole;
  return decideRange(range, size) ?? whole;
}

function matches(condition: string, tags: readonly string[]): boolean {
  return condition.trim() === '*' || [...condition.matchAll(ENTITY_TAGS)].some(([tag]) => tags.includes(tag));
}

/**
 * @returns null: the header is to be ignored, as section 14.2 allows for what is malformed and for several ranges. Of an
 * empty file there is no range: clients that send one with every request get it whole.
 */
function decideRange(range: string, size: number): Decision | null {
  const { code, type, ranges } = parse(size, range);
  const isMalformed = (code & 1) !== 0;
  if (type !== 'bytes' || isMalformed || size === 0) return null;
  const [first] = ranges;
  if (first === undefined) return { status: 416 };
  return range.includes(',') ? null : { status: 206, span: { start: first.start, end: first.end + 1 } };
}
