// What a decision costs, in microseconds. The engines take turns round by round, so that a busy machine slows them
// alike.
import { setImmediate as breathe } from 'node:timers/promises';
import { transition } from 'xstate';
import { findEdge } from '../../src/fsm/edges.ts';
import {
  FILE_STATES,
  type FileState,
  LIFECYCLE_EVENTS,
  type LifecycleEvent,
  lifecycleMachine,
} from '../../src/fsm/machine.ts';
import type { Decision, EventInput, LifecycleEngine } from '../../src/fsm/types.ts';
import { CANDIDATES } from './candidates.ts';

type Decide = (state: FileState, event: LifecycleEvent, input: EventInput) => Decision | null;
type Question = readonly [state: FileState, event: LifecycleEvent];

export interface Speed {
  readonly name: string;
  /** Microseconds an operation: median, fastest and slowest round. */
  readonly moves: Spread;
  readonly all: Spread;
}

interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

const OPERATIONS = 20_000;
const INPUT: EventInput = {
  facts: { attempts: 1, maxAttempts: 2 },
  failure: { code: 'C', message: 'm', retryable: true },
};

const ALL: readonly Question[] = FILE_STATES.flatMap((state) =>
  LIFECYCLE_EVENTS.map((event): Question => [state, event]),
);
const MOVES = ALL.filter(([state, event]) => findEdge(state, event) !== undefined);

/** For reference: the machine as it would be used if a snapshot were resolved for each decision. */
const resolveEachTime: Decide = (value, type, input) => {
  const snapshot = lifecycleMachine.resolveState({ value });
  const event = { type, ...input };
  if (!snapshot.can(event)) return null;
  const [next, actions] = transition(lifecycleMachine, snapshot, event);
  return { outcome: 'moved', to: next.value, guard: null, effects: actions as never };
};

const decideWith =
  (engine: LifecycleEngine): Decide =>
  (state, event, input) =>
    engine.decide(state, event, input);

function timePerOperation(decide: Decide, questions: readonly Question[]): number {
  const repeats = Math.ceil(OPERATIONS / questions.length);
  const start = performance.now();
  for (let at = 0; at < repeats; at += 1) {
    for (const [state, event] of questions) decide(state, event, INPUT);
  }
  return ((performance.now() - start) * 1000) / (repeats * questions.length);
}

function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)]!, min: sorted[0]!, max: sorted.at(-1)! };
}

export async function measureSpeed(rounds: number): Promise<Speed[]> {
  const engines = [
    ...CANDIDATES.map(({ name, createEngine }) => ({ name: name as string, decide: decideWith(createEngine()) })),
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
      await breathe();
    }
  }
  return engines.map(({ name, moves, all }) => ({ name, moves: spreadOf(moves), all: spreadOf(all) }));
}
