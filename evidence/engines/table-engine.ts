// The same lifecycle as a total table and a lookup: the fallback should XState ever have to go, and the second opinion
// that the tests hold against the machine on every (state, event, guard) combination. It is written by hand on purpose:
// a table generated from the machine would agree with every mistake in it.
import { lifecycleGuards } from '../../src/fsm/guards.ts';
import { type FileState, LIFECYCLE_EVENTS, type LifecycleEvent } from '../../src/fsm/machine.ts';
import type {
  Decision,
  Effect,
  EventInput,
  GuardFacts,
  GuardName,
  Guards,
  LifecycleEngine,
} from '../../src/fsm/types.ts';

interface TableEntry {
  readonly to: FileState;
  readonly guard?: GuardName;
  readonly effects: readonly Effect['type'][];
}

// Total, no Partial: a new state or event does not compile until every cell has an answer.
type Table = Readonly<Record<FileState, Readonly<Record<LifecycleEvent, TableEntry | null>>>>;

const to = (state: FileState, ...effects: Effect['type'][]): TableEntry => ({ to: state, effects });

// oxfmt-ignore
const TABLE: Table = {
  UNTRACKED: {
    START_UPLOAD: to('UPLOADING', 'countAttempt'),
    COMPLETE_UPLOAD: null, FAIL_UPLOAD: null, COMPLETE_PROCESSING: null, FAIL_PROCESSING: null,
    RETRY: null, RESET: null, FAIL_RESET: null,
  },
  UPLOADING: {
    COMPLETE_UPLOAD: to('PROCESSING', 'completeProgress'),
    FAIL_UPLOAD: to('FAILED', 'recordFailure'),
    START_UPLOAD: null, COMPLETE_PROCESSING: null, FAIL_PROCESSING: null,
    RETRY: null, RESET: null, FAIL_RESET: null,
  },
  PROCESSING: {
    COMPLETE_PROCESSING: to('INDEXED'),
    FAIL_PROCESSING: to('FAILED', 'recordFailure'),
    START_UPLOAD: null, COMPLETE_UPLOAD: null, FAIL_UPLOAD: null,
    RETRY: null, RESET: null, FAIL_RESET: null,
  },
  INDEXED: {
    RESET: to('UNTRACKED', 'discardBytes'),
    FAIL_RESET: to('FAILED', 'recordFailure'),
    START_UPLOAD: null, COMPLETE_UPLOAD: null, FAIL_UPLOAD: null, COMPLETE_PROCESSING: null, FAIL_PROCESSING: null,
    RETRY: null,
  },
  FAILED: {
    RETRY: { to: 'UNTRACKED', guard: 'hasAttemptsLeft', effects: ['clearFailure', 'rewindProgress'] },
    START_UPLOAD: null, COMPLETE_UPLOAD: null, FAIL_UPLOAD: null, COMPLETE_PROCESSING: null, FAIL_PROCESSING: null,
    RESET: null, FAIL_RESET: null,
  },
};

const toEffect = (type: Effect['type'], { failure }: EventInput): Effect =>
  type === 'recordFailure' ? { type, failure } : { type };

export function createTableEngine(guards: Guards = lifecycleGuards): LifecycleEngine {
  const accepts = (entry: TableEntry | null, facts: GuardFacts): boolean =>
    entry !== null && (entry.guard === undefined || guards[entry.guard](facts));

  function decide(state: FileState, event: LifecycleEvent, input: EventInput): Decision {
    const entry = TABLE[state][event];
    if (entry === null) return { outcome: 'not_allowed', guard: null };
    if (!accepts(entry, input.facts)) {
      return { outcome: 'guard_rejected', guard: false, guardName: entry.guard ?? '' };
    }
    const effects = entry.effects.map((type) => toEffect(type, input));
    return { outcome: 'accepted', to: entry.to, guard: entry.guard === undefined ? null : true, effects };
  }

  return {
    name: 'table',
    decide,
    allowedEvents: (state, facts) => LIFECYCLE_EVENTS.filter((event) => accepts(TABLE[state][event], facts)),
  };
}
