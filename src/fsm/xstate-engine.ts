// The engine in use: the XState machine through its pure functions. No actor is ever started.
import { type SnapshotFrom, transition } from 'xstate';
import { findEdge } from './edges.ts';
import { lifecycleGuards } from './guards.ts';
import {
  FILE_STATES,
  type FileState,
  LIFECYCLE_EVENTS,
  type LifecycleEvent,
  type MachineEvent,
  lifecycleMachine,
} from './machine.ts';
import type {
  Accepted,
  Decision,
  Effect,
  EventInput,
  Failure,
  GuardFacts,
  Guards,
  LifecycleEdge,
  LifecycleEngine,
} from './types.ts';

type Snapshot = SnapshotFrom<typeof lifecycleMachine>;

/** Stands for an event's failure where nothing reads it, and in decisions that are kept for all events of their kind. */
const ANY_FAILURE: Failure = { code: 'ANY', message: 'any', retryable: true };
const ANY_INPUT: EventInput = { facts: { attempts: 0, maxAttempts: 0 }, failure: ANY_FAILURE };

/** The same decision for an event with this failure. */
function withFailure(accepted: Accepted, failure: Failure): Accepted {
  const isAny = (effect: Effect): boolean => 'failure' in effect && effect.failure === ANY_FAILURE;
  if (!accepted.effects.some(isAny)) return accepted;
  return {
    ...accepted,
    effects: accepted.effects.map((effect) => (isAny(effect) ? { ...effect, failure } : effect) as Effect),
  };
}

const toEffect = ({ type, params }: { type: string; params?: unknown }): Effect =>
  ({ type, ...(params as object | undefined) }) as Effect;

export function createXStateEngine(guards: Guards = lifecycleGuards): LifecycleEngine {
  const machine = lifecycleMachine.provide({
    guards: { hasAttemptsLeft: ({ event }) => guards.hasAttemptsLeft(event.facts) },
  });
  // Nothing in a snapshot differs between two files in the same state, so each is resolved once; measured, that saves
  // about 1 µs of some 10 (docs/approach-selection.md).
  const snapshots = Object.fromEntries(
    FILE_STATES.map((state) => [state, machine.resolveState({ value: state })]),
  ) as Record<FileState, Snapshot>;

  // The machine's decisions, each asked for once. An edge without a guard reads nothing of the file, so it does the same
  // to every file; where there is a guard, the machine is asked every time.
  const unguarded = new Map<LifecycleEdge, Accepted>();

  function decide(state: FileState, event: LifecycleEvent, input: EventInput): Decision {
    const edge = findEdge(state, event);
    if (edge === undefined) return { outcome: 'not_allowed', guard: null };
    const known = unguarded.get(edge);
    if (known !== undefined) return withFailure(known, input.failure);
    if (edge.guard !== null) return ask(state, edge, input);
    const decision = ask(state, edge, ANY_INPUT);
    if (decision.outcome !== 'accepted') return decision;
    unguarded.set(edge, decision);
    return withFailure(decision, input.failure);
  }

  function ask(state: FileState, edge: LifecycleEdge, input: EventInput): Decision {
    const { event } = edge;
    const machineEvent: MachineEvent = { type: event, ...input };
    // `transition` on a refused event is a silent no-op, so the question has to be asked first.
    if (!snapshots[state].can(machineEvent)) {
      return { outcome: 'guard_rejected', guard: false, guardName: edge.guard ?? '' };
    }
    const [next, actions] = transition(machine, snapshots[state], machineEvent);
    const guard = edge.guard === null ? null : true;
    return { outcome: 'accepted', to: next.value, guard, effects: actions.map(toEffect) };
  }

  function allowedEvents(state: FileState, facts: GuardFacts): readonly LifecycleEvent[] {
    return LIFECYCLE_EVENTS.filter((type) => {
      const edge = findEdge(state, type);
      if (edge === undefined || edge.guard === null) return edge !== undefined;
      return snapshots[state].can({ type, facts, failure: ANY_FAILURE });
    });
  }

  return { name: 'xstate', decide, allowedEvents };
}
