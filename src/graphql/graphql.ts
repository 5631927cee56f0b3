// GraphQL without a transport: one way to parse and validate, one to execute, one to subscribe. HTTP, server-sent events
// and WebSocket all come through here, so every limit and every masked error holds for all of them.
import { type ExecutionResult, GraphQLError, OperationTypeNode, execute, getOperationAST } from 'graphql';
import type { Caller, GraphQLContext, Services } from '../schema/context.ts';
import { schema } from '../schema/schema.ts';
import { CostLimit } from './cost-limit.ts';
import { type DocumentSwitches, Documents } from './documents.ts';
import { type ErrorReporter, presentError, presentErrors } from './errors.ts';
import { LargeOperations, isLarge } from './large-operations.ts';
import { requireOperation } from './limits.ts';
import { type Answer, answerInTurns } from './print-answer.ts';
import { type OperationArgs, SharedOperations } from './shared-operation.ts';
import { type Subscribe, createSubscribe } from './subscribe.ts';
import { type DocumentName, textOf } from './trusted-documents.ts';

export interface GraphQLOptions {
  readonly services: Services;
  readonly reporter: ErrorReporter;
  /** The highest cost of an operation. */
  readonly maxCost: number;
  readonly switches: DocumentSwitches;
}

/** An operation as a client sends it. */
export interface OperationParams extends DocumentName {
  readonly variables: Record<string, unknown> | null;
  readonly operationName: string | null;
}

export interface GraphQL {
  readonly schema: typeof schema;
  readonly documents: Documents;
  /** The text that a request is about: it may name a trusted document by its hash. */
  readonly textOf: (name: DocumentName) => string;
  readonly contextOf: (caller: Caller) => GraphQLContext;
  /** Parses and validates. Returns what to execute, or the errors as the client may see them. */
  readonly prepare: (params: OperationParams, caller: Caller) => OperationArgs | readonly GraphQLError[];
  readonly execute: (args: OperationArgs) => Answer | Promise<Answer>;
  readonly subscribe: Subscribe;
}

const isMutation = ({ document, operationName }: OperationArgs): boolean =>
  getOperationAST(document, operationName)?.operation === OperationTypeNode.MUTATION;

const contextOfCaller =
  (services: Services) =>
  ({ principal, requestId, baseUrl, connection, lastEventId, right, urls, signal }: Caller): GraphQLContext => ({
    ...services,
    principal,
    requestId,
    baseUrl,
    connection,
    lastEventId,
    right,
    urls,
    signal,
    stream: { cursor: null },
  });

export function createGraphQL({ services, reporter, maxCost, switches }: GraphQLOptions): GraphQL {
  const documents = new Documents(schema, switches);
  const { trusted } = switches;
  const hideSuggestions = !switches.suggestions;
  const contextOf = contextOfCaller(services);
  const operations = new SharedOperations({ schema, reporter, newId: services.newId, contextOf });
  const subscribe = createSubscribe(operations, reporter);
  const costs = new CostLimit(schema, maxCost);
  const large = new LargeOperations();
  const present = (result: ExecutionResult, { contextValue: { requestId } }: OperationArgs): ExecutionResult =>
    presentErrors(result, requestId, reporter);
  return {
    schema,
    documents,
    contextOf,
    textOf: (name) => textOf(name, trusted),
    prepare: (params, caller) => {
      try {
        const { operationName, variables: variableValues } = params;
        const document = documents.parse(textOf(params, trusted));
        requireOperation(document, operationName);
        const errors = documents.validate(document);
        if (errors.length > 0) return errors;
        return { schema, document, operationName, variableValues, contextValue: contextOf(caller) };
      } catch (error) {
        return [presentError(error, caller.requestId, reporter)];
      }
    },
    execute: (given) => {
      const args = hideSuggestions ? { ...given, hideSuggestions } : given;
      const cost = costs.check(args);
      if (cost instanceof GraphQLError) return { errors: [cost] };
      if (isLarge(cost)) {
        const work = async (): Promise<Answer> => answerInTurns(present(await execute(args), args), args);
        // What mutations may be at work together, the lifecycle says (dispatch/admission.ts): it refuses the rest at once.
        return isMutation(args) ? work() : large.take(args, cost, work);
      }
      const result = execute(args);
      return result instanceof Promise ? result.then((each) => present(each, args)) : present(result, args);
    },
    subscribe: async (args) => {
      const cost = costs.check(args);
      return cost instanceof GraphQLError ? { errors: [cost] } : await subscribe({ ...args, hideSuggestions });
    },
  };
}
