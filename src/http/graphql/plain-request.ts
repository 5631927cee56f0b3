// Recognises the requests that nearly all clients send: one operation in JSON, answered in JSON; or a subscription by POST
// or, from an EventSource, by GET. A request that differs in any way is not plain: Yoga answers or refuses it.
import type { IncomingMessage } from 'node:http';
import type { OperationParams } from '../../graphql/graphql.ts';
import { MAX_BODY_BYTES } from '../../graphql/limits.ts';

/** GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types). */
export type MediaType = 'application/graphql-response+json' | 'application/json';

const MEDIA_TYPES: Readonly<Record<string, MediaType>> = {
  'application/graphql-response+json': 'application/graphql-response+json',
  'application/json': 'application/json',
  'application/*': 'application/json',
  '*/*': 'application/json',
};

/** The first acceptable type in the order of the header, ignoring weights, as Yoga does. */
function acceptedType(accept: string | undefined): MediaType | null {
  if (accept === undefined) return 'application/json';
  // Yoga decides on charsets.
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

/** The form of a plain request. */
export interface PlainRequest {
  /** The media type of a single response; null when the client accepts only a stream. */
  readonly type: MediaType | null;
  /** Whether the client accepts server-sent events. */
  readonly events: boolean;
  /** The query string of a GET; null when the operation is in the body. */
  readonly search: string | null;
}

/** Null when the request is not plain. */
export function toPlainRequest({ method, url = '', headers, httpVersion }: IncomingMessage): PlainRequest | null {
  const events = httpVersion === '1.1' && headers.accept?.includes('text/event-stream') === true;
  // A GET for a single response may come from a browser, which gets GraphiQL.
  if (method === 'GET') return events ? { type: null, events, search: url.slice('/graphql'.length) } : null;
  if (method !== 'POST' || url !== '/graphql' || !isJson(headers['content-type'])) return null;
  // Without a length, a body could turn out to be too long after part of it was read.
  if (!(Number(headers['content-length']) <= MAX_BODY_BYTES)) return null;
  const type = acceptedType(headers.accept);
  return type === null && !events ? null : { type, events, search: null };
}

/** Null when the client disconnects before the end. */
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

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === 'string';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return false; // no parameter may be false, so the request is not plain
  }
}

/** The parameters of a GET, as an EventSource sends it. */
export function parseSearch(search: string): OperationParams | null {
  const params = new URLSearchParams(search);
  const jsonOf = (name: string): unknown => parseJson(params.get(name) ?? 'null');
  const [query, operationName] = [params.get('query'), params.get('operationName')];
  const documentId = params.get('documentId');
  return toParams({
    query,
    documentId,
    operationName,
    variables: jsonOf('variables'),
    extensions: jsonOf('extensions'),
  });
}

/** Null unless every parameter is known and has the right type. */
export const parseBody = (body: Buffer): OperationParams | null => toParams(parseJson(body.toString()));

function toParams(params: unknown): OperationParams | null {
  if (!isObject(params)) return null;
  const {
    query = null,
    documentId = null,
    variables = null,
    operationName = null,
    extensions = null,
    ...others
  } = params;
  const isPlain =
    isTextOrNull(query) &&
    isTextOrNull(documentId) &&
    (query !== null || documentId !== null || extensions !== null) &&
    (variables === null || isObject(variables)) &&
    isTextOrNull(operationName) &&
    (extensions === null || isObject(extensions)) &&
    Object.keys(others).length === 0;
  return isPlain ? { query, documentId, extensions, variables, operationName } : null;
}
