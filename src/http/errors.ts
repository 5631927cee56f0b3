// What clients see of an error. Errors raised on purpose keep their code and message; a database that is away is said
// to be; everything else is masked, logged with its cause under the request's id, and counted.
import { type ExecutionResult, GraphQLError } from 'graphql';
import { type Plugin, handleStreamOrSingleExecutionResult, isAsyncIterable } from 'graphql-yoga';
import { isConnectionLost } from '../db/pg-errors.ts';
import { CommitOutcomeUnknown } from '../db/transact.ts';
import { DomainError } from '../errors.ts';
import { CursorError } from '../feed/cursor.ts';
import type { Logger } from '../log.ts';
import type { GraphQLContext } from '../schema/context.ts';
import { RequestError } from '../schema/types/errors.ts';

export interface ErrorReporter {
  readonly log: Logger;
  /** Called for each error that was masked. */
  readonly onMasked: () => void;
}

function originOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? originOf(error.originalError) : error;
}

function extensionsOf(error: DomainError): Record<string, unknown> {
  if (error instanceof CursorError) return { code: error.code, oldestCursor: error.oldestCursor };
  if (error instanceof RequestError) return { code: error.code, field: error.field };
  return { code: error.code };
}

function present(error: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  if (!(error instanceof GraphQLError)) return new GraphQLError(message, { extensions });
  const { nodes = null, source = null, positions = null, path = null } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}

/** Maps any error to the one a client may see. */
export function presentError(error: unknown, requestId: string, { log, onMasked }: ErrorReporter): GraphQLError {
  const origin = originOf(error);
  // As located by the executor: with its path, and the name of the variable at fault.
  if (origin instanceof GraphQLError) return error as GraphQLError;
  if (isConnectionLost(origin) || origin instanceof CommitOutcomeUnknown) {
    log.warn({ err: origin, requestId }, 'the database is away');
    const extensions = { code: 'UNAVAILABLE', requestId };
    return present(error, 'The database cannot be reached; try again.', extensions);
  }
  if (origin instanceof DomainError) return present(error, origin.message, extensionsOf(origin));
  onMasked();
  log.error({ err: origin, requestId }, 'unexpected error');
  return present(error, 'Something unexpected happened.', { code: 'INTERNAL', requestId });
}

/** The result as a client may see it. */
export function presentErrors(result: ExecutionResult, requestId: string, reporter: ErrorReporter): ExecutionResult {
  const { errors } = result;
  if (errors === undefined) return result;
  return { ...result, errors: errors.map((error) => presentError(error, requestId, reporter)) };
}

/** Presents the errors of every result, of single ones and of streams, and of streams that break. */
export function useErrorPresentation(reporter: ErrorReporter): Plugin<GraphQLContext> {
  const presentAll = ({ requestId }: GraphQLContext, result: ExecutionResult): ExecutionResult =>
    presentErrors(result, requestId, reporter);
  return {
    onExecute: ({ args }) => ({
      onExecuteDone: (payload) =>
        handleStreamOrSingleExecutionResult(payload, ({ result, setResult }) =>
          setResult(presentAll(args.contextValue, result)),
        ),
    }),
    onSubscribe: ({ args }) => ({
      onSubscribeResult: ({ result, setResult }) => {
        if (!isAsyncIterable(result)) setResult(presentAll(args.contextValue, result));
        return { onNext: (next) => next.setResult(presentAll(args.contextValue, next.result)) };
      },
      onSubscribeError: ({ error, setError }) => setError(presentError(error, args.contextValue.requestId, reporter)),
    }),
  };
}
