// A GraphQL document that knows the types of its result and variables.
import type { WaybillError } from './errors.ts';

/**
 * The text of one operation, with its fragments. The documents of this package are of this type, and so are those that
 * GraphQL Code Generator writes with `documentMode: 'string'`.
 */
export interface TypedDocument<Result, Variables> {
  toString(): string;
  /** Types only: no document has it. */
  readonly __apiType?: (variables: Variables) => Result;
}

/** Variables may be left out where none is required. */
export type VariablesOf<Variables> =
  Record<string, never> extends Variables
    ? [variables?: Variables | undefined, options?: RequestOptions]
    : [variables: Variables, options?: RequestOptions];

export interface RequestOptions {
  /** Ends the request, its retries included. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Of a mutation: instead of the one that is made for it. Give it to continue a mutation that has got no answer, also in
   * another process.
   */
  readonly idempotencyKey?: string | undefined;
  /** For how long it is tried again, in milliseconds; 0: it is sent once. Default: 90 s, enough for a server to restart. */
  readonly patienceMs?: number | undefined;
  /** Called before each wait. */
  readonly onRetry?: OnRetry | undefined;
}

/** @param delayMs until the next attempt, in milliseconds */
export type OnRetry = (error: WaybillError, delayMs: number) => void;
