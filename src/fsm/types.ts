// The vocabulary of the lifecycle engines: what goes in, what comes out. Pure data, so that any engine can be put
// behind the same interface and compared with another one.
import type { FileState, LifecycleEvent } from './machine.ts';

/** Why a file is FAILED. `retryable` is advice to the client; the RETRY guard does not look at it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** What guards may look at: columns of the file's row, read under its lock. */
export interface GuardFacts {
  readonly attempts: number;
  readonly maxAttempts: number;
}

/** The arguments of one event, handed to guards and effects. `failure` is used by the FAIL_* events only. */
export interface EventInput {
  readonly facts: GuardFacts;
  readonly failure: Failure;
}

export type GuardName = 'hasAttemptsLeft';
export type Guard = (facts: GuardFacts) => boolean;
export type Guards = Readonly<Record<GuardName, Guard>>;

/** What has to be done in the transaction that records the transition. Data, never a side effect. */
export type Effect =
  | { readonly type: 'countAttempt' }
  | { readonly type: 'completeProgress' }
  | { readonly type: 'rewindProgress' }
  | { readonly type: 'discardBytes' }
  | { readonly type: 'recordFailure'; readonly failure: Failure }
  | { readonly type: 'clearFailure' };

/** The event moves the file. `guard` is true when the edge has one. */
export interface Accepted {
  readonly outcome: 'accepted';
  readonly to: FileState;
  readonly guard: true | null;
  readonly effects: readonly Effect[];
}

/** The state has no edge for the event. */
export interface NotAllowed {
  readonly outcome: 'not_allowed';
  readonly guard: null;
}

export interface GuardRejected {
  readonly outcome: 'guard_rejected';
  readonly guard: false;
  readonly guardName: string;
}

/** What an engine says of an event. */
export type Decision = Accepted | NotAllowed | GuardRejected;

/**
 * Decides what an event does to a file in a state. Engines are pure and hold no state between calls: the row is the
 * only truth. A guard that throws makes `decide` and `allowedEvents` throw, and nothing has moved.
 */
export interface LifecycleEngine {
  readonly name: string;
  decide(state: FileState, event: LifecycleEvent, input: EventInput): Decision;
  /** The events the machine would accept now, guards included, in the machine's order. */
  allowedEvents(state: FileState, facts: GuardFacts): readonly LifecycleEvent[];
}

/** One arrow of the machine, as drawn and as published by `Query.lifecycle`. */
export interface LifecycleEdge {
  readonly from: FileState;
  readonly event: LifecycleEvent;
  readonly to: FileState;
  readonly description: string;
  readonly guard: string | null;
  readonly effects: readonly string[];
}
