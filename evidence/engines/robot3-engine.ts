// robot3 behind the product's engine interface, for the evidence only. What the interface asks for and the library does
// not give is made up here, and each such place says so.
import { createMachine, guard, interpret, reduce, state, transition } from 'robot3';
import { lifecycleGuards } from '../../src/fsm/guards.ts';
import { type FileState, LIFECYCLE_EVENTS, type LifecycleEvent, type MachineEvent } from '../../src/fsm/machine.ts';
import type { Decision, Effect, EventInput, GuardName, Guards, LifecycleEngine } from '../../src/fsm/types.ts';

interface Collected {
  readonly effects: readonly Effect[];
}

// Actions are run, not returned. Effects as data therefore have to travel through the context.
const collect = (effectOf: (event: MachineEvent) => Effect) =>
  reduce<Collected, MachineEvent>(({ effects }, event) => ({ effects: [...effects, effectOf(event)] }));

const effect = (type: Exclude<Effect['type'], 'recordFailure'>) => collect(() => ({ type }));
const recordFailure = collect(({ failure }) => ({ type: 'recordFailure', failure }));

// Guards have no names once the machine is made, so the one to report is looked up beside it.
const GUARD_OF: Partial<Record<LifecycleEvent, GuardName>> = { RETRY: 'hasAttemptsLeft' };

function defineStates(guards: Guards) {
  return {
    UNTRACKED: state(transition('START_UPLOAD', 'UPLOADING', effect('countAttempt'))),
    UPLOADING: state(
      transition('COMPLETE_UPLOAD', 'PROCESSING', effect('completeProgress')),
      transition('FAIL_UPLOAD', 'FAILED', recordFailure),
    ),
    PROCESSING: state(
      transition('COMPLETE_PROCESSING', 'INDEXED'),
      transition('FAIL_PROCESSING', 'FAILED', recordFailure),
    ),
    INDEXED: state(
      transition('RESET', 'UNTRACKED', effect('discardBytes')),
      transition('FAIL_RESET', 'FAILED', recordFailure),
    ),
    FAILED: state(
      transition(
        'RETRY',
        'UNTRACKED',
        guard<Collected, MachineEvent>((_, { facts }) => guards.hasAttemptsLeft(facts)),
        effect('clearFailure'),
        effect('rewindProgress'),
      ),
    ),
  };
}

export function createRobot3Engine(guards: Guards = lifecycleGuards): LifecycleEngine {
  const states = defineStates(guards);
  // There is no way to put a machine into a state other than making one that begins there.
  const beginningIn = (initial: FileState) => createMachine(initial, states, (context: Collected) => context);
  const machines: Record<FileState, ReturnType<typeof beginningIn>> = {
    UNTRACKED: beginningIn('UNTRACKED'),
    UPLOADING: beginningIn('UPLOADING'),
    PROCESSING: beginningIn('PROCESSING'),
    INDEXED: beginningIn('INDEXED'),
    FAILED: beginningIn('FAILED'),
  };

  function decide(from: FileState, event: LifecycleEvent, input: EventInput): Decision {
    // A refusal and a missing edge both leave the service silent; only the state's own map tells them apart.
    const edges: ReadonlyMap<string, unknown> = states[from].transitions;
    if (!edges.has(event)) return { outcome: 'not_allowed', guard: null };
    let moved = false;
    // Only a service moves, and it changes as it does: one for each decision, thrown away after it.
    const service = interpret(machines[from], () => (moved = true), { effects: [] });
    service.send({ type: event, ...input });
    const guardName = GUARD_OF[event];
    if (!moved) return { outcome: 'guard_rejected', guard: false, guardName: guardName ?? '' };
    // The type of `current` admits the field names of a state object as well, hence the assertion.
    const to = service.machine.current as FileState;
    return { outcome: 'accepted', to, guard: guardName === undefined ? null : true, effects: service.context.effects };
  }

  // There is no counterpart to XState's `can`: whether an event would be accepted is found by sending it.
  const failure = { code: '', message: '', retryable: false };
  return {
    name: 'robot3',
    decide,
    allowedEvents: (from, facts) =>
      LIFECYCLE_EVENTS.filter((event) => decide(from, event, { facts, failure }).outcome === 'accepted'),
  };
}
