// What a decision costs, in microseconds. The engines alternate in each round, so that a busy machine slows them alike.
import { setImmediate as nextTick } from 'node:timers/promises';
import { transition } from 'xstate';
import { type Summary, summarise } from '../bench/measure/statistics.ts';
import { findEdge } from '../src/fsm/edges.ts';
import {
  FILE_STATES,
  type FileState,
  LIFECYCLE_EVENTS,
  type LifecycleEvent,
  lifecycleMachine,
} from '../src/fsm/machine.ts';
import type { Decision, EventInput, LifecycleEngine } from '../src/fsm/types.ts';
import { CANDIDATES } from './candidates.ts';

type Decide = (state: FileState, event: LifecycleEvent, input: EventInput) => Decision | null;
type Pair = readonly [state: FileState, event: LifecycleEvent];

export interface Speed {
  readonly name: string;
  /** Microseconds per decision, of the pairs that have an edge. */
  readonly moves: Summary;
  readonly all: Summary;
}

const OPERATIONS = 20_000;
const INPUT: EventInput = {
  facts: { attempts: 1, maxAttempts: 2 },
  failure: { code: 'C', message: 'm', retryable: true },
};

const ALL: readonly Pair[] = FILE_STATES.flatMap((state) => LIFECYCLE_EVENTS.map((event): Pair => [state, event]));
const MOVES = ALL.filter(([state, event]) => findEdge(state, event) !== undefined);

/** For reference: the machine with a snapshot resolved for each decision. */
const resolveEachTime: Decide = (value, type, input) => {
  const snapshot = lifecycleMachine.resolveState({ value });
  const event = { type, ...input };
  if (!snapshot.can(event)) return null;
  const [next, actions] = transition(lifecycleMachine, snapshot, event);
  return { outcome: 'accepted', to: next.value, guard: null, effects: actions as never };
};

const decideWith =
  (engine: LifecycleEngine): Decide =>
  (state, event, input) =>
    engine.decide(state, event, input);

function timePerOperation(decide: Decide, pairs: readonly Pair[]): number {
  const repeats = Math.ceil(OPERATIONS / pairs.length);
  const start = performance.now();
  for (let at = 0; at < repeats; at += 1) {
    for (const [state, event] of pairs) decide(state, event, INPUT);
  }
  return ((performance.now() - start) * 1000) / (repeats * pairs.length);
}

export async function measureSpeed(rounds: number): Promise<Speed[]> {
  const engines = [
    ...CANDIDATES.map(({ name, createEngine }) => ({ name, decide: decideWith(createEngine()) })),
    { name: 'XState, resolved for each call', decide: resolveEachTime },
  ].map((engine) => ({ ...engine, moves: [] as number[], all: [] as number[] }));
  // The first round only warms up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { decide, moves, all } of engines) {
      const measured = [timePerOperation(decide, MOVES), timePerOperation(decide, ALL)] as const;
      if (round > 0) {
        moves.push(measured[0]);
        all.push(measured[1]);
      }
      await nextTick();
    }
  }
  return engines.map(({ name, moves, all }) => ({ name, moves: summarise(moves), all: summarise(all) }));
}
