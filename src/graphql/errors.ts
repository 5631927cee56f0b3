// What clients see of an error. Errors raised on purpose keep their code and message; an unreachable database is reported
// as UNAVAILABLE; everything else is masked, logged with its cause and the request's id, and counted.
import { type ExecutionResult, GraphQLError } from 'graphql';
import { isConnectionLost } from '../db/pg-errors.ts';
import { CommitOutcomeUnknown } from '../db/transact.ts';
import { DomainError } from '../errors.ts';
import { CursorError } from '../feed/cursor.ts';
import { FileNotFound } from '../feed/snapshot.ts';
import type { Logger } from '../log.ts';
import { RequestError } from '../schema/request-error.ts';

export interface ErrorReporter {
  readonly log: Logger;
  /** Called for each error that was masked. */
  readonly onMasked: () => void;
}

function originOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined ? originOf(error.originalError) : error;
}

function extensionsOf(error: DomainError): Record<string, unknown> {
  if (error instanceof CursorError) {
    const { code, oldestCursor, feedCursor } = error;
    return code === 'FEED_FORKED' ? { code, feedCursor } : { code, oldestCursor };
  }
  if (error instanceof RequestError) {
    const { code, field, issues, retryAfterSeconds } = error;
    return { code, field, issues, ...(retryAfterSeconds !== null && { retryAfterSeconds }) };
  }
  if (error instanceof FileNotFound) return { code: error.code, field: 'id' };
  return { code: error.code };
}

/** The error at the same place of the document, with this message and these extensions alone. */
function withExtensions(error: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  if (!(error instanceof GraphQLError)) return new GraphQLError(message, { extensions });
  const { nodes = null, source = null, positions = null, path = null } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}

const messageOf = (origin: unknown): string =>
  origin instanceof CommitOutcomeUnknown
    ? 'The database cannot be reached, and whether the change was made is not known: look, or send it again with the same idempotency key.'
    : 'The database cannot be reached; try again.';

/** The error with this code, unless it has one. */
export const withCode = (error: GraphQLError, code: string): GraphQLError =>
  withExtensions(error, error.message, { code, ...error.extensions });

/** Maps any error to the one a client may see. */
export function presentError(error: unknown, requestId: string, { log, onMasked }: ErrorReporter): GraphQLError {
  const origin = originOf(error);
  // Located by the executor: it has the path, and the name of the variable at fault.
  if (origin instanceof GraphQLError) return error as GraphQLError;
  if (isConnectionLost(origin) || origin instanceof CommitOutcomeUnknown) {
    log.warn({ err: origin, requestId }, 'the database cannot be reached');
    return withExtensions(error, messageOf(origin), { code: 'UNAVAILABLE', requestId });
  }
  if (origin instanceof DomainError) return withExtensions(error, origin.message, extensionsOf(origin));
  onMasked();
  log.error({ err: origin, requestId }, 'unexpected error');
  return withExtensions(error, 'Something unexpected happened.', { code: 'INTERNAL', requestId });
}

/** The result as a client may see it. */
export function presentErrors(result: ExecutionResult, requestId: string, reporter: ErrorReporter): ExecutionResult {
  const { data, errors } = result;
  if (errors === undefined) return result;
  const presented = errors.map((error) => presentError(error, requestId, reporter));
  // Without data nothing was executed: an error without a code is about a variable that does not fit.
  const isRefused = data === undefined;
  return { ...result, errors: isRefused ? presented.map((error) => withCode(error, 'BAD_USER_INPUT')) : presented };
}
