// Answers a request over HTTP. A plain one (plain-request.ts) goes the short way: no fetch objects, no hooks, and of a
// document that is known no more is asked than that. Everything else, and everything that is wrong, goes to Yoga, with its
// body put back.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { type ExecutionResult, OperationTypeNode, getOperationAST } from 'graphql';
import { processRegularResult } from 'graphql-yoga';
import type { Caller } from '../schema/context.ts';
import type { GraphQL } from './graphql.ts';
import { type MediaType, parsePlain, plainTypeOf, readBody } from './plain-request.ts';
import type { OperationArgs } from './shared-operation.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse, caller: Caller) => Promise<void>;

export function createAnswer(graphql: GraphQL, corsOrigins: readonly string[]): Answer {
  const { yoga } = graphql;
  return async (request, response, caller) => {
    // The headers that other origins need are Yoga's.
    const isOwnOrigin = corsOrigins.length === 0 || request.headers.origin === undefined;
    const type = isOwnOrigin ? plainTypeOf(request) : null;
    if (type === null) return await yoga.handle(request, response, caller);
    const body = await readBody(request);
    if (body === null) return;
    const args = toArgs(graphql, body, caller);
    const result = args === null ? null : await graphql.execute(args);
    // Without data nothing was executed: what is wrong with the request, Yoga has a status for.
    if (result?.data !== undefined) return await send(graphql, response, result, type);
    // Where the adapter under Yoga looks for a body that somebody else has read.
    await yoga.handle(Object.assign(request, { body: Readable.from([body]) }), response, caller);
  };
}

/** Null for what is not to be executed here: subscriptions, and whatever will be answered with what is wrong with it. */
function toArgs(graphql: GraphQL, body: Buffer, caller: Caller): OperationArgs | null {
  const params = parsePlain(body);
  if (params === null) return null;
  const prepared = graphql.prepare(params, caller);
  if (!('document' in prepared)) return null;
  const operation = getOperationAST(prepared.document, params.operationName)?.operation;
  return operation === undefined || operation === OperationTypeNode.SUBSCRIPTION ? null : prepared;
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
