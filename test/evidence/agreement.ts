// Every state, event and verdict of the guard: each engine against the contract's table and against the XState engine.
import assert from 'node:assert/strict';
import { FILE_STATES, type FileState, LIFECYCLE_EVENTS, type LifecycleEvent } from '../../src/fsm/machine.ts';
import type { Decision, Guard, LifecycleEngine } from '../../src/fsm/types.ts';
import { createXStateEngine } from '../../src/fsm/xstate-engine.ts';
import type { Candidate } from './candidates.ts';
import { CONTRACT_TABLE } from './contract-table.ts';

type GuardOutcome = 'accepts' | 'refuses' | 'throws';

const GUARDS: Readonly<Record<GuardOutcome, Guard>> = {
  accepts: () => true,
  refuses: () => false,
  throws: () => {
    throw new Error('the guard has failed');
  },
};

const INPUT = { facts: { attempts: 1, maxAttempts: 2 }, failure: { code: 'C', message: 'm', retryable: true } };

/** By the contract alone: where the event leads, or why it does not. */
function expectedBy(state: FileState, event: LifecycleEvent, guard: GuardOutcome): string {
  const edge = CONTRACT_TABLE[state][event];
  if (edge === null) return 'not_allowed';
  if (!edge.guarded || guard === 'accepts') return edge.to;
  return guard === 'refuses' ? 'guard_rejected' : 'throws';
}

function decideOrThrow(engine: LifecycleEngine, state: FileState, event: LifecycleEvent): Decision | 'throws' {
  try {
    return engine.decide(state, event, INPUT);
  } catch {
    return 'throws';
  }
}

function inWords(decision: Decision | 'throws'): string {
  if (decision === 'throws') return decision;
  return decision.outcome === 'moved' ? decision.to : decision.outcome;
}

function allowedByContract(state: FileState, guard: GuardOutcome): LifecycleEvent[] {
  return LIFECYCLE_EVENTS.filter((event) => {
    const edge = CONTRACT_TABLE[state][event];
    return edge !== null && (!edge.guarded || guard === 'accepts');
  });
}

export function examineAgreement({ createEngine }: Candidate): string {
  let compared = 0;
  for (const guard of Object.keys(GUARDS) as GuardOutcome[]) {
    const guards = { hasAttemptsLeft: GUARDS[guard] };
    const [engine, xstate] = [createEngine(guards), createXStateEngine(guards)];
    for (const state of FILE_STATES) {
      for (const event of LIFECYCLE_EVENTS) {
        const decision = decideOrThrow(engine, state, event);
        const place = `${state} x ${event}, guard ${guard}`;
        assert.equal(inWords(decision), expectedBy(state, event, guard), `${place}: not as the contract has it`);
        assert.deepEqual(decision, decideOrThrow(xstate, state, event), `${place}: not as the machine has it`);
        compared += 1;
      }
      if (guard === 'throws') continue;
      assert.deepEqual(
        engine.allowedEvents(state, INPUT.facts),
        allowedByContract(state, guard),
        `allowed in ${state}`,
      );
    }
  }
  return `${compared} decisions compared, all alike, effects included`;
}
