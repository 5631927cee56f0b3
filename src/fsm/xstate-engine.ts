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
import type { Decision, Effect, EventInput, GuardFacts, Guards, LifecycleEngine } from './types.ts';

type Snapshot = SnapshotFrom<typeof lifecycleMachine>;

// allowedEvents asks only whether guards would let the event through, and no guard looks at the failure.
const NO_FAILURE = { code: '', message: '', retryable: false };

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

  // Every answer with a file in it asks what is allowed: where there is no edge, XState need not look for one.
  const edgesOf = Object.fromEntries(
    FILE_STATES.map((state) => [state, LIFECYCLE_EVENTS.filter((event) => findEdge(state, event) !== undefined)]),
  ) as unknown as Record<FileState, readonly LifecycleEvent[]>;

  function decide(state: FileState, event: LifecycleEvent, input: EventInput): Decision {
    const edge = findEdge(state, event);
    if (edge === undefined) return { outcome: 'not_allowed', guard: null };
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
    return edgesOf[state].filter((type) => snapshots[state].can({ type, facts, failure: NO_FAILURE }));
  }

  return { name: 'xstate', decide, allowedEvents };
}
