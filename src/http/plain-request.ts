// The request that nearly all clients send: POST, JSON, one operation, an answer in JSON. Whatever is different in any way
// is not recognised here, and is for Yoga to answer or to refuse.
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

/** The type of the answer that a plain request asks for; null when the request is not plain. */
export function plainTypeOf({ method, url, headers }: IncomingMessage): MediaType | null {
  const isPlain = method === 'POST' && url === '/graphql' && isJson(headers['content-type']);
  // Without its length a body could turn out too long when part of it has been read.
  const length = Number(headers['content-length'] ?? Infinity);
  return isPlain && length <= MAX_BODY_BYTES ? acceptedType(headers.accept) : null;
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

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return null;
  }
}

/** Null when there is anything in it that is not exactly as it should be. */
export function parsePlain(body: Buffer): PlainParams | null {
  const params = parseJson(body);
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
