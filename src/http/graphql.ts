// GraphQL, whichever way it comes in: one way to judge a document, one to carry out an operation, one to subscribe. Every
// limit and every mask is here or in Yoga's plugins, so that what holds over HTTP holds over WebSocket.
import type { DocumentNode, ExecutionResult, GraphQLError } from 'graphql';
import type { Caller, GraphQLContext, Services } from '../schema/context.ts';
import { schema } from '../schema/schema.ts';
import { Documents } from './documents.ts';
import { type ErrorReporter, presentError, presentErrors } from './errors.ts';
import { createExecute } from './execution/execute.ts';
import type { PlainParams } from './plain-request.ts';
import { type OperationArgs, SharedOperations } from './shared-operation.ts';
import { type Subscribe, createSubscribe } from './subscribe.ts';
import { type Yoga, createYogaServer } from './yoga.ts';

export interface GraphQLOptions {
  readonly services: Services;
  readonly reporter: ErrorReporter;
  readonly corsOrigins: readonly string[];
}

export interface GraphQL {
  /** For every kind of request that HTTP can carry. */
  readonly yoga: Yoga;
  /** What is wrong with the operation, as its client may see it, or what to carry out. */
  readonly prepare: (params: PlainParams, caller: Caller) => OperationArgs | readonly GraphQLError[];
  readonly execute: (args: OperationArgs) => ExecutionResult | Promise<ExecutionResult>;
  readonly subscribe: Subscribe;
}

const contextOfCaller =
  (services: Services) =>
  ({ principal, requestId, baseUrl, connection, lastEventId }: Caller): GraphQLContext => ({
    ...services,
    principal,
    requestId,
    baseUrl,
    connection,
    lastEventId,
    stream: { cursor: null },
  });

export function createGraphQL({ services, reporter, corsOrigins }: GraphQLOptions): GraphQL {
  const { newId } = services;
  const documents = new Documents();
  const contextOf = contextOfCaller(services);
  const execute = createExecute(schema);
  const subscribe = createSubscribe(new SharedOperations({ execute, reporter, newId, contextOf }), reporter);
  const yoga = createYogaServer({ schema, contextOf, newId, reporter, corsOrigins, documents, subscribe });
  return {
    yoga,
    prepare: ({ query, operationName, variables: variableValues }, caller) => {
      try {
        const document = documents.findValid(query) ?? judge(yoga, documents, query, caller);
        if (!('kind' in document)) return document;
        return { schema, document, operationName, variableValues, contextValue: contextOf(caller) };
      } catch (error) {
        return [presentError(error, caller.requestId, reporter)];
      }
    },
    execute: (args) => {
      const present = (result: ExecutionResult) => presentErrors(result, args.contextValue.requestId, reporter);
      const result = execute(args);
      return result instanceof Promise ? result.then(present) : present(result);
    },
    subscribe,
  };
}

/** @throws what is wrong with it, where Yoga's plugins throw that */
function judge(yoga: Yoga, documents: Documents, text: string, caller: Caller): DocumentNode | readonly GraphQLError[] {
  const { parse, validate, schema: against } = yoga.getEnveloped({ ...caller, params: { query: text } });
  const document = parse(text) as DocumentNode;
  const errors = validate(against, document) as readonly GraphQLError[];
  if (errors.length > 0) return errors;
  documents.markValid(document);
  return document;
}
