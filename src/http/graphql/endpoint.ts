// /graphql over HTTP: refuses what no GraphQL request may be, finds the caller, and hands over to the fast path.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../../schema/context.ts';
import { type CallerOptions, callerOf, givenRequestId } from '../caller.ts';
import { type CorsRules, sendOptions, setCors } from '../cors.ts';
import type { AllowedOrigins } from '../origins.ts';
import { type Handler, send } from '../respond.ts';
import type { FastPath } from './fast-path.ts';
import { wantsGraphiQL } from './graphiql.ts';

export interface GraphQLEndpointOptions extends CallerOptions {
  readonly fastPath: FastPath;
  readonly origins: AllowedOrigins;
  /** The page for browsers; null: it is switched off. */
  readonly graphiql: Handler | null;
}

const CORS: CorsRules = { methods: 'GET, POST, OPTIONS', headers: null, exposed: null };

/** @param streams collects the open event streams: they never end by themselves */
export function handleGraphQL(options: GraphQLEndpointOptions, streams: Set<ServerResponse>): Handler {
  return async (request, response) => {
    if (request.headers.origin !== undefined) setCors(request, response, options.origins, CORS);
    const refusal = refusalOf(request);
    if (refusal !== null) return send(response, ...refusal);
    if (request.method === 'OPTIONS') return sendOptions(request, response, CORS);
    if (wantsGraphiQL(request)) {
      if (options.graphiql !== null) return await options.graphiql(request, response);
      if (!namesDocument(request)) return send(response, 404, NO_GRAPHIQL);
    }
    const caller = await findCaller(request, response, options);
    if (caller === null) return;
    response.setHeader('x-request-id', caller.requestId);
    if (request.headers.accept?.includes('text/event-stream') !== true) {
      return await options.fastPath(request, response, caller);
    }
    streams.add(response);
    const { signal: right, release } = options.rights.signalOf(caller.principal);
    const leave = (): void => {
      streams.delete(response);
      release();
    };
    response.once('close', leave);
    if (response.closed) return leave();
    await options.fastPath(request, response, { ...caller, right });
  };
}

const NO_GRAPHIQL =
  'This is the GraphQL endpoint of Waybill. GraphiQL is switched off (WAYBILL_GRAPHIQL). Send operations by POST, as JSON.';

/** A link to an operation, opened in a browser. */
const namesDocument = ({ url = '' }: IncomingMessage): boolean => /[?&](?:query|documentId|extensions)=/.test(url);

/** Null when it was refused. */
async function findCaller(
  request: IncomingMessage,
  response: ServerResponse,
  options: GraphQLEndpointOptions,
): Promise<Caller | null> {
  try {
    return await callerOf(request, response, options);
  } catch (error) {
    options.signIn.refuseGraphQL(error, request, response, givenRequestId(request));
    return null;
  }
}

/**
 * Only JSON may be posted: a page of another origin can send forms and plain text without a preflight
 * (https://fetch.spec.whatwg.org/#cors-safelisted-request-header).
 */
function refusalOf({ headers, method }: IncomingMessage): [status: number, reason: string] | null {
  if (method !== 'POST') return null;
  const contentType = headers['content-type'] ?? '';
  const isJson = /^application\/(?:[\w.-]+\+)?json\b/i.test(contentType);
  if (!isJson) return [415, 'Content-Type must be application/json.'];
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^;"\s]*)/i.exec(contentType) ?? [];
  // RFC 8259 section 8.1: JSON is UTF-8.
  if (!/^utf-?8$/i.test(charset)) return [415, 'The charset of the Content-Type must be utf-8.'];
  const { 'content-encoding': encoding = 'identity' } = headers;
  return /^identity$/i.test(encoding) ? null : [415, 'Content-Encoding is not supported.'];
}
