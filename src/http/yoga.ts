// Yoga: GraphQL over HTTP and SSE in all its forms, GraphiQL, and the judging of documents for every way in.
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { type YogaServerInstance, createYoga } from 'graphql-yoga';
import type { GraphQLSchema } from 'graphql';
import type { Caller, GraphQLContext } from '../schema/context.ts';
import { MAX_BODY_BYTES, limitDocument } from './document-limits.ts';
import { type Documents, TextCache } from './documents.ts';
import { type ErrorReporter, presentError, useErrorPresentation } from './errors.ts';
import { GRAPHIQL, renderGraphiQLPage } from './graphiql.ts';
import { refuseBrokenJson } from './request-errors.ts';
import { useEventStream } from './sse.ts';
import type { Subscribe } from './subscribe.ts';

export type Yoga = YogaServerInstance<Caller, GraphQLContext>;

export interface YogaOptions {
  readonly schema: GraphQLSchema;
  readonly contextOf: (caller: Caller) => GraphQLContext;
  readonly newId: () => string;
  readonly reporter: ErrorReporter;
  readonly corsOrigins: readonly string[];
  readonly documents: Documents;
  readonly subscribe: Subscribe;
}

const MAX_ALIASES = 200;

export function createYogaServer(options: YogaOptions): Yoga {
  const { schema, contextOf, newId, reporter, corsOrigins, documents, subscribe } = options;
  const { log } = reporter;
  return createYoga<Caller, GraphQLContext>({
    schema,
    context: contextOf,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    multipart: false,
    maxRequestBodySize: MAX_BODY_BYTES,
    cors: corsOrigins.length === 0 ? false : { origin: [...corsOrigins], credentials: true },
    plugins: [
      refuseBrokenJson,
      limitDocument,
      maxAliasesPlugin({ n: MAX_ALIASES }),
      useErrorPresentation(reporter),
      useEventStream(subscribe),
    ],
    // What fails outside an operation (its context, say) has no request id of its own.
    maskedErrors: { maskError: (error) => presentError(error, newId(), reporter) },
    logging: {
      debug: (...args: unknown[]) => log.trace({ args }, 'yoga'),
      info: (...args: unknown[]) => log.debug({ args }, 'yoga'),
      warn: (...args: unknown[]) => log.warn({ args }, 'yoga'),
      // Every error has been logged, or was meant for the client, by the time Yoga reports it.
      error: () => undefined,
    },
    graphiql: GRAPHIQL,
    renderGraphiQL: renderGraphiQLPage,
    parserAndValidationCache: { documentCache: documents.parsed, errorCache: new TextCache() },
  });
}
