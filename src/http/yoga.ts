// GraphQL over HTTP and SSE, and the pipeline that WebSocket operations share: parse, validate, execute, present errors.
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { type YogaServerInstance, createYoga } from 'graphql-yoga';
import type { Caller, GraphQLContext, Services } from '../schema/context.ts';
import { schema } from '../schema/schema.ts';
import { limitDocument } from './document-limits.ts';
import { type ErrorReporter, presentError, useErrorPresentation } from './errors.ts';
import { GRAPHIQL, renderGraphiQLPage } from './graphiql.ts';
import { refuseBrokenJson } from './request-errors.ts';
import { SharedOperations } from './shared-operation.ts';
import { useEventStream } from './sse.ts';
import { type Subscribe, createSubscribe } from './subscribe.ts';

export type Yoga = YogaServerInstance<Caller, GraphQLContext>;

export interface YogaOptions {
  readonly services: Services;
  readonly reporter: ErrorReporter;
  readonly corsOrigins: readonly string[];
}

/** Bytes of a request body, and of a WebSocket message. 1000 registrations with a generous kilobyte of metadata fit. */
export const MAX_BODY_BYTES = 4 * 2 ** 20;
const MAX_ALIASES = 200;

export interface GraphQL {
  readonly yoga: Yoga;
  readonly subscribe: Subscribe;
}

export function createGraphQL({ services, reporter, corsOrigins }: YogaOptions): GraphQL {
  const { log } = reporter;
  const contextOf = ({ principal, requestId, connection, lastEventId }: Caller): GraphQLContext => ({
    ...services,
    principal,
    requestId,
    connection,
    lastEventId,
    stream: { cursor: null },
  });
  const operations = new SharedOperations({ schema, reporter, newId: services.newId, contextOf });
  const subscribe = createSubscribe(operations, reporter);
  const yoga = createYoga<Caller, GraphQLContext>({
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
    maskedErrors: { maskError: (error) => presentError(error, services.newId(), reporter) },
    logging: {
      debug: (...args: unknown[]) => log.trace({ args }, 'yoga'),
      info: (...args: unknown[]) => log.debug({ args }, 'yoga'),
      warn: (...args: unknown[]) => log.warn({ args }, 'yoga'),
      // Every error has been logged, or was meant for the client, by the time Yoga reports it.
      error: () => undefined,
    },
    graphiql: GRAPHIQL,
    renderGraphiQL: renderGraphiQLPage,
  });
  return { yoga, subscribe };
}
