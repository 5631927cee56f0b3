// Every state, event and outcome of the guard: each engine against the contract's table and against the XState engine.
import assert from 'node:assert/strict';
import type { Decision, Guard, LifecycleEngine } from '../src/fsm/types.ts';
import { createXStateEngine } from '../src/fsm/xstate-engine.ts';
import { PAIRS, type Pair, STATES, acceptedIn } from '../test/fsm/contract-table.ts';
import type { Candidate } from './candidates.ts';

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
function expectedBy({ cell }: Pair, guard: GuardOutcome): string {
  if (cell === null) return 'not_allowed';
  if (cell.guard === undefined || guard === 'accepts') return cell.to;
  return guard === 'refuses' ? 'guard_rejected' : 'throws';
}

function decide(engine: LifecycleEngine, { state, event }: Pair): Decision | 'throws' {
  try {
    return engine.decide(state, event, INPUT);
  } catch {
    return 'throws';
  }
}

function describe(decision: Decision | 'throws'): string {
  if (decision === 'throws') return decision;
  return decision.outcome === 'accepted' ? decision.to : decision.outcome;
}

export function checkAgreement({ createEngine }: Candidate): string {
  let compared = 0;
  for (const guard of Object.keys(GUARDS) as GuardOutcome[]) {
    const guards = { hasAttemptsLeft: GUARDS[guard] };
    const [engine, xstate] = [createEngine(guards), createXStateEngine(guards)];
    for (const pair of PAIRS) {
      const decision = decide(engine, pair);
      const place = `${pair.state} x ${pair.event}, guard ${guard}`;
      assert.equal(describe(decision), expectedBy(pair, guard), `${place}: not as in the contract`);
      assert.deepEqual(decision, decide(xstate, pair), `${place}: not as in the machine`);
      compared += 1;
    }
    if (guard === 'throws') continue;
    for (const state of STATES) {
      const allowed = engine.allowedEvents(state, INPUT.facts).toSorted();
      assert.deepEqual(allowed, acceptedIn(state, guard === 'accepts'), `allowed in ${state}`);
    }
  }
  return `${compared} decisions compared, all alike, effects included`;
}
