// A refusal as a GraphQL error, for fields whose type has no place for refusals: queries, subscriptions, lists as a whole.
import { DomainError } from '../errors.ts';
import type { Refused } from '../lifecycle/commands.ts';
import type { InvalidInput, Issue } from '../lifecycle/input.ts';

/** The principal's roles do not permit the action. */
export interface Forbidden {
  readonly outcome: 'refused';
  readonly code: 'FORBIDDEN';
  readonly message: string;
  readonly field: null;
}

/** The tenant sends too much. */
export interface RateLimited {
  readonly outcome: 'refused';
  readonly code: 'RATE_LIMITED';
  readonly message: string;
  readonly field: null;
  /** Whole seconds. */
  readonly retryAfterSeconds: number;
}

/** There is no file to answer with. As data: the shape of the type RequestError. */
export type Refusal = Refused | InvalidInput | Forbidden | RateLimited;

/** `field` names the part of the input at fault. */
export class RequestError extends DomainError<Refusal['code']> {
  readonly field: string | null;
  readonly issues: readonly Issue[];
  readonly retryAfterSeconds: number | null;

  constructor(refusal: Refusal) {
    super(refusal.code, refusal.message);
    this.field = refusal.field;
    this.issues = issuesOf(refusal);
    this.retryAfterSeconds = retryAfterOf(refusal);
  }
}

/** Everything that is wrong with an invalid input; empty for other refusals. */
export const issuesOf = (refusal: Refusal): readonly Issue[] => ('issues' in refusal ? refusal.issues : []);

/** When to try again; null for refusals of another kind. */
export const retryAfterOf = (refusal: Refusal): number | null =>
  'retryAfterSeconds' in refusal ? refusal.retryAfterSeconds : null;

/** @throws RequestError */
export function throwRefusal(refusal: Refusal | null): void {
  if (refusal !== null) throw new RequestError(refusal);
}
