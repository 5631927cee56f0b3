// Yoga: GraphQL over HTTP and SSE in every form that the fast path does not take, and GraphiQL. Plugins make it parse,
// validate, execute and subscribe with the functions of src/graphql, which the fast path and WebSocket use too.
import { GraphQLError } from 'graphql';
import { type Plugin, type YogaServerInstance, createYoga } from 'graphql-yoga';
import { type ErrorReporter, presentError } from '../../graphql/errors.ts';
import type { GraphQL } from '../../graphql/graphql.ts';
import { MAX_BODY_BYTES } from '../../graphql/limits.ts';
import type { Answer } from '../../graphql/print-answer.ts';
import type { OperationArgs } from '../../graphql/shared-operation.ts';
import type { Caller, GraphQLContext } from '../../schema/context.ts';
import { useEventStream } from '../sse/yoga-plugin.ts';
import { refuseBrokenJson } from './broken-json.ts';
import { findDocuments } from './find-documents.ts';

export type Yoga = YogaServerInstance<Caller, GraphQLContext>;

export interface YogaOptions {
  readonly graphql: GraphQL;
  readonly newId: () => string;
  readonly reporter: ErrorReporter;
}

const useGraphQL = ({ documents, execute }: GraphQL): Plugin<GraphQLContext> => ({
  onParse: ({ setParseFn }) => setParseFn((source) => documents.parse(source)),
  onValidate: ({ setValidationFn }) => setValidationFn((_schema, document) => documents.validate(document)),
  onExecute: ({ setExecuteFn }) => setExecuteFn(async (args) => asBadRequest(await execute(args as OperationArgs))),
});

/** Without data nothing was executed, because a variable does not fit: the client's mistake, and status 400. */
function asBadRequest(result: Answer): Answer {
  const { data, errors } = result;
  if (data !== undefined || errors === undefined) return result;
  const refusals = errors.map(
    ({ message, nodes = null, source = null, positions = null, path = null, extensions }) =>
      new GraphQLError(message, {
        nodes,
        source,
        positions,
        path,
        extensions: { ...extensions, http: { status: 400 } },
      }),
  );
  return { ...result, errors: refusals };
}

export function createYogaServer({ graphql, newId, reporter }: YogaOptions): Yoga {
  const { log } = reporter;
  return createYoga<Caller, GraphQLContext>({
    schema: graphql.schema,
    context: graphql.contextOf,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    multipart: false,
    extraParamNames: ['documentId'],
    maxRequestBodySize: MAX_BODY_BYTES,
    cors: false, // set for all of /graphql by endpoint.ts
    plugins: [
      refuseBrokenJson,
      findDocuments(graphql.textOf),
      useGraphQL(graphql),
      useEventStream(graphql.subscribe, reporter),
    ],
    // Documents are cached by src/graphql.
    parserAndValidationCache: false,
    // An error outside an operation (in its context, say) has no request id.
    maskedErrors: { maskError: (error) => presentError(error, newId(), reporter) },
    logging: {
      debug: (...args: unknown[]) => log.trace({ args }, 'yoga'),
      info: (...args: unknown[]) => log.debug({ args }, 'yoga'),
      warn: (...args: unknown[]) => log.warn({ args }, 'yoga'),
      // By the time Yoga reports an error, it was either logged or meant for the client.
      error: () => undefined,
    },
    graphiql: false, // graphiql.ts
  });
}
