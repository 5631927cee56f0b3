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

/** Stands for the failure of an event where none is looked at, and in an answer that is kept for all events of its kind. */
const ANY_FAILURE: Failure = { code: 'ANY', message: 'any', retryable: true };
const ANY_INPUT: EventInput = { facts: { attempts: 0, maxAttempts: 0 }, failure: ANY_FAILURE };

type Move = Extract<Decision, { outcome: 'moved' }>;

/** The same answer for an event with this failure. */
function withFailure(move: Move, failure: Failure): Move {
  const isAny = (effect: Effect): boolean => 'failure' in effect && effect.failure === ANY_FAILURE;
  if (!move.effects.some(isAny)) return move;
  return {
    ...move,
    effects: move.effects.map((effect) => (isAny(effect) ? { ...effect, failure } : effect) as Effect),
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

  // The machine's own answers, each asked once. An edge without a guard looks at nothing of the file, so whatever it does
  // to one it does to all; where there is a guard, the machine is asked every time.
  const unguarded = new Map<LifecycleEdge, Move>();

  function decide(state: FileState, event: LifecycleEvent, input: EventInput): Decision {
    const edge = findEdge(state, event);
    if (edge === undefined) return { outcome: 'not_allowed', guard: null };
    const known = unguarded.get(edge);
    if (known !== undefined) return withFailure(known, input.failure);
    if (edge.guard !== null) return ask(state, edge, input);
    const decision = ask(state, edge, ANY_INPUT);
    if (decision.outcome !== 'moved') return decision;
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
    return { outcome: 'moved', to: next.value, guard, effects: actions.map(toEffect) };
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
