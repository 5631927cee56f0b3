// Answers a request over HTTP. A plain one (plain-request.ts) goes the short way: no fetch objects, no hooks, and of a
// document that is known no more is asked than that. Everything else, and everything that is wrong, goes to Yoga, with its
// body put back.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { type ExecutionResult, OperationTypeNode, getOperationAST } from 'graphql';
import { processRegularResult } from 'graphql-yoga';
import type { Caller } from '../schema/context.ts';
import type { ErrorReporter } from './errors.ts';
import { EventStream } from './event-stream.ts';
import type { GraphQL } from './graphql.ts';
import {
  type MediaType,
  type PlainParams,
  type PlainRequest,
  parseBody,
  parseSearch,
  readBody,
  toPlainRequest,
} from './plain-request.ts';
import type { OperationArgs } from './shared-operation.ts';
import { isSubscribed } from './subscribe.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse, caller: Caller) => Promise<void>;

export interface AnswerOptions {
  readonly graphql: GraphQL;
  readonly reporter: ErrorReporter;
  readonly corsOrigins: readonly string[];
}

export function createAnswer(options: AnswerOptions): Answer {
  const { graphql, corsOrigins } = options;
  return async (request, response, caller) => {
    // The headers that other origins need are Yoga's.
    const isOwnOrigin = corsOrigins.length === 0 || request.headers.origin === undefined;
    const plain = isOwnOrigin ? toPlainRequest(request) : null;
    if (plain === null) return await graphql.yoga.handle(request, response, caller);
    const body = plain.search === null ? await readBody(request) : null;
    if (body === null && plain.search === null) return; // the client has gone
    const params = body === null ? parseSearch(plain.search ?? '') : parseBody(body);
    if (params !== null && (await isAnswered(options, params, plain, response, caller))) return;
    // Where the adapter under Yoga looks for a body that somebody else has read.
    if (body !== null) Object.assign(request, { body: Readable.from([body]) });
    await graphql.yoga.handle(request, response, caller);
  };
}

/** False where there is something wrong with it, and nothing was done: Yoga knows how to say so. */
async function isAnswered(
  { graphql, reporter }: AnswerOptions,
  params: PlainParams,
  { type, events, search }: PlainRequest,
  response: ServerResponse,
  caller: Caller,
): Promise<boolean> {
  const args = graphql.prepare(params, caller);
  const operation = 'document' in args ? getOperationAST(args.document, params.operationName) : null;
  if (!('document' in args) || operation == null) return false;
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
    return events && (await isStreaming(graphql, args, response, reporter));
  }
  // A GET may only read, and Yoga minds that.
  if (type === null || search !== null) return false;
  const result = await graphql.execute(args);
  // Without data nothing was executed.
  if (result.data === undefined) return false;
  await send(graphql, response, result, type);
  return true;
}

async function isStreaming(
  { subscribe }: GraphQL,
  args: OperationArgs,
  response: ServerResponse,
  reporter: ErrorReporter,
): Promise<boolean> {
  const { socket: transport } = response;
  // While an answer before this one is still being written it has none.
  if (transport === null) return false;
  const subscribed = await subscribe(args);
  if (!isSubscribed(subscribed)) return false;
  const { requestId, stream } = args.contextValue;
  new EventStream(subscribed, { response, transport, requestId, reporter }).begin(stream.cursor);
  return true;
}

async function send(
  { yoga }: GraphQL,
  response: ServerResponse,
  result: ExecutionResult,
  type: MediaType,
): Promise<void> {
  if (result.errors === undefined) return write(response, 200, type, JSON.stringify(result));
  // What status errors have, and how they are printed, is a matter of its own.
  const processed = processRegularResult(result, yoga.fetchAPI, type);
  write(response, processed.status, type, await processed.text());
}

function write(response: ServerResponse, status: number, type: MediaType, text: string): void {
  const headers = { 'Content-Type': `${type}; charset=utf-8`, 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}
