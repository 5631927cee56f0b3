// The requests that nearly all clients send: one operation in JSON, answered in JSON; or a subscription by POST or, as an
// EventSource sends it, by GET. Whatever is different in any way is not recognised here, and is for Yoga to answer or to
// refuse.
import type { IncomingMessage } from 'node:http';
import { MAX_BODY_BYTES } from './document-limits.ts';

/** GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types). */
export type MediaType = 'application/graphql-response+json' | 'application/json';

export interface PlainParams {
  readonly query: string;
  readonly variables: Record<string, unknown> | null;
  readonly operationName: string | null;
}

const MEDIA_TYPES: Readonly<Record<string, MediaType>> = {
  'application/graphql-response+json': 'application/graphql-response+json',
  'application/json': 'application/json',
  'application/*': 'application/json',
  '*/*': 'application/json',
};

/** In the order of the header, weights aside, as Yoga has it. */
function acceptedType(accept: string | undefined): MediaType | null {
  if (accept === undefined) return 'application/json';
  // A charset could be one that is not spoken here.
  if (accept.includes('charset')) return null;
  for (const part of accept.toLowerCase().split(',')) {
    const range = part.split(';', 1)[0]!.trim();
    const type = MEDIA_TYPES[range];
    if (type !== undefined) return type;
    if (range.includes('*')) return null;
  }
  return null;
}

const isJson = (contentType: string | undefined): boolean =>
  contentType === 'application/json' || contentType?.startsWith('application/json;') === true;

/** What a plain request asks for. */
export interface PlainRequest {
  /** Of a single answer; null when only a stream is wanted. */
  readonly type: MediaType | null;
  /** Whether a stream of events is taken. */
  readonly events: boolean;
  /** In the query string of a GET; null when it is in the body. */
  readonly search: string | null;
}

/** Null when the request is not plain. */
export function toPlainRequest({ method, url = '', headers, httpVersion }: IncomingMessage): PlainRequest | null {
  const events = httpVersion === '1.1' && headers.accept?.includes('text/event-stream') === true;
  // A GET for a single answer may be a browser's, which is shown a page.
  if (method === 'GET') return events ? { type: null, events, search: url.slice('/graphql'.length) } : null;
  if (method !== 'POST' || url !== '/graphql' || !isJson(headers['content-type'])) return null;
  // Without its length a body could turn out too long when part of it has been read.
  if (!(Number(headers['content-length']) <= MAX_BODY_BYTES)) return null;
  const type = acceptedType(headers.accept);
  return type === null && !events ? null : { type, events, search: null };
}

/** Null when the client has gone before the end of it. */
export function readBody(request: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.once('close', () => resolve(null));
    request.once('error', () => resolve(null));
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return false; // which nothing in a request may be
  }
}

/** As an EventSource sends it. */
export function parseSearch(search: string): PlainParams | null {
  const params = new URLSearchParams(search);
  const jsonOf = (name: string): unknown => parseJson(params.get(name) ?? 'null');
  const [query, operationName] = [params.get('query'), params.get('operationName')];
  return toParams({ query, operationName, variables: jsonOf('variables'), extensions: jsonOf('extensions') });
}

/** Null when there is anything in it that is not exactly as it should be. */
export const parseBody = (body: Buffer): PlainParams | null => toParams(parseJson(body.toString()));

function toParams(params: unknown): PlainParams | null {
  if (!isObject(params)) return null;
  const { query, variables = null, operationName = null, extensions = null, ...others } = params;
  const isPlain =
    typeof query === 'string' &&
    (variables === null || isObject(variables)) &&
    (operationName === null || typeof operationName === 'string') &&
    (extensions === null || isObject(extensions)) &&
    Object.keys(others).length === 0;
  return isPlain ? { query, variables, operationName } : null;
}
