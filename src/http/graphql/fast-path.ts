// A fast path for plain GraphQL requests (plain-request.ts), on the request and response of node:http: no fetch objects
// and no plugin hooks, which makes it 1.6 to 1.8 times as fast as Yoga. Every other request goes to Yoga, and so does every
// request with an error in it: Yoga knows the status and the form of each.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { OperationTypeNode, getOperationAST } from 'graphql';
import { processRegularResult } from 'graphql-yoga';
import type { Caller } from '../../schema/context.ts';
import type { ErrorReporter } from '../../graphql/errors.ts';
import type { Answer } from '../../graphql/print-answer.ts';
import { EventStream } from '../sse/stream.ts';
import type { GraphQL, OperationParams } from '../../graphql/graphql.ts';
import {
  type MediaType,
  type PlainRequest,
  parseBody,
  parseSearch,
  readBody,
  toPlainRequest,
} from './plain-request.ts';
import type { OperationArgs } from '../../graphql/shared-operation.ts';
import { isSubscribed } from '../../graphql/subscribe.ts';
import type { Yoga } from './yoga.ts';

export type FastPath = (request: IncomingMessage, response: ServerResponse, caller: Caller) => Promise<void>;

export interface FastPathOptions {
  readonly graphql: GraphQL;
  readonly yoga: Yoga;
  readonly reporter: ErrorReporter;
}

export function createFastPath(options: FastPathOptions): FastPath {
  const { yoga } = options;
  return async (request, response, caller) => {
    const plain = toPlainRequest(request);
    if (plain === null) return await yoga.handle(request, response, caller);
    const body = plain.search === null ? await readBody(request) : null;
    if (body === null && plain.search === null) return; // the client disconnected
    const params = body === null ? parseSearch(plain.search ?? '') : parseBody(body);
    if (params !== null && (await tryAnswer(options, params, plain, response, caller))) return;
    // The adapter under Yoga takes a body that was already read from here.
    if (body !== null) Object.assign(request, { body: Readable.from([body]) });
    await yoga.handle(request, response, caller);
  };
}

/** @returns false for a request with an error in it, which has had no effect */
async function tryAnswer(
  { graphql, yoga, reporter }: FastPathOptions,
  params: OperationParams,
  { type, events, search }: PlainRequest,
  response: ServerResponse,
  caller: Caller,
): Promise<boolean> {
  const args = graphql.prepare(params, caller);
  const operation = 'document' in args ? getOperationAST(args.document, params.operationName) : null;
  if (!('document' in args) || operation == null) return false;
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
    return events && (await tryStream(graphql, args, response, reporter));
  }
  // Yoga checks that a GET does not mutate.
  if (type === null || search !== null) return false;
  const result = await graphql.execute(args);
  // Without data nothing was executed.
  if (result.data === undefined) return false;
  await send(yoga, response, result, type);
  return true;
}

async function tryStream(
  { subscribe }: GraphQL,
  args: OperationArgs,
  response: ServerResponse,
  reporter: ErrorReporter,
): Promise<boolean> {
  const { socket: transport } = response;
  // It has no socket while an earlier response on the connection is still being written.
  if (transport === null) return false;
  const subscribed = await subscribe(args);
  if (!isSubscribed(subscribed)) return false;
  const { requestId, right, stream } = args.contextValue;
  new EventStream(subscribed, { response, transport, requestId, right, reporter }).begin(stream.cursor);
  return true;
}

async function send(yoga: Yoga, response: ServerResponse, result: Answer, type: MediaType): Promise<void> {
  if (result.errors === undefined) return write(response, 200, type, result.stringify?.() ?? JSON.stringify(result));
  // Yoga decides the status of errors and how they are printed.
  const processed = processRegularResult(result, yoga.fetchAPI, type);
  write(response, processed.status, type, await processed.text());
}

function write(response: ServerResponse, status: number, type: MediaType, text: string): void {
  const headers = { 'Content-Type': `${type}; charset=utf-8`, 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}
