// The lifecycle as the contract states it, written out by hand and total: what the machine, both engines and the API
// are held against. Nothing here is derived from the code under test but the names, so that a state or an event added
// to the machine does not compile here until every cell has an answer.
import type { FileState, LifecycleEvent } from '../../src/fsm/machine.ts';

export interface Cell {
  readonly to: FileState;
  readonly guard?: 'hasAttemptsLeft';
}

// oxfmt-ignore
export const CONTRACT: Readonly<Record<FileState, Readonly<Record<LifecycleEvent, Cell | null>>>> = {
  UNTRACKED: {
    START_UPLOAD: { to: 'UPLOADING' }, COMPLETE_UPLOAD: null, FAIL_UPLOAD: null,
    COMPLETE_PROCESSING: null, FAIL_PROCESSING: null,
    RETRY: null, RESET: null, FAIL_RESET: null,
  },
  UPLOADING: {
    START_UPLOAD: null, COMPLETE_UPLOAD: { to: 'PROCESSING' }, FAIL_UPLOAD: { to: 'FAILED' },
    COMPLETE_PROCESSING: null, FAIL_PROCESSING: null,
    RETRY: null, RESET: null, FAIL_RESET: null,
  },
  PROCESSING: {
    START_UPLOAD: null, COMPLETE_UPLOAD: null, FAIL_UPLOAD: null,
    COMPLETE_PROCESSING: { to: 'INDEXED' }, FAIL_PROCESSING: { to: 'FAILED' },
    RETRY: null, RESET: null, FAIL_RESET: null,
  },
  INDEXED: {
    START_UPLOAD: null, COMPLETE_UPLOAD: null, FAIL_UPLOAD: null,
    COMPLETE_PROCESSING: null, FAIL_PROCESSING: null,
    RETRY: null, RESET: { to: 'UNTRACKED' }, FAIL_RESET: { to: 'FAILED' },
  },
  FAILED: {
    START_UPLOAD: null, COMPLETE_UPLOAD: null, FAIL_UPLOAD: null,
    COMPLETE_PROCESSING: null, FAIL_PROCESSING: null,
    RETRY: { to: 'UNTRACKED', guard: 'hasAttemptsLeft' }, RESET: null, FAIL_RESET: null,
  },
};

export const STATES = Object.keys(CONTRACT) as FileState[];
export const EVENTS = Object.keys(CONTRACT.UNTRACKED) as LifecycleEvent[];

export interface Pair {
  readonly state: FileState;
  readonly event: LifecycleEvent;
  readonly cell: Cell | null;
}

/** Every (state, event) pair: 5 times 8. */
export const PAIRS: readonly Pair[] = STATES.flatMap((state) =>
  EVENTS.map((event) => ({ state, event, cell: CONTRACT[state][event] })),
);

/** The shortest way to bring a registered file to a state. */
export const WAY_TO: Readonly<Record<FileState, readonly LifecycleEvent[]>> = {
  UNTRACKED: [],
  UPLOADING: ['START_UPLOAD'],
  PROCESSING: ['START_UPLOAD', 'COMPLETE_UPLOAD'],
  INDEXED: ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING'],
  FAILED: ['START_UPLOAD', 'FAIL_UPLOAD'],
};

/** What a state accepts, as a sorted list: the order is the machine's own affair. */
export function acceptedIn(state: FileState, guardPasses: boolean): LifecycleEvent[] {
  return EVENTS.filter((event) => {
    const cell = CONTRACT[state][event];
    return cell !== null && (cell.guard === undefined || guardPasses);
  }).toSorted();
}
