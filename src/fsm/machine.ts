// The lifecycle of a file: the one place where its states, events, guards and effects are written down. The GraphQL
// enums, the CHECK constraints of the tables and the diagram are all derived from this machine.
import { type StateValueFrom, setup } from 'xstate';
import { lifecycleGuards } from './guards.ts';
import type { EventInput, Failure } from './types.ts';

export type LifecycleEvent =
  | 'START_UPLOAD'
  | 'COMPLETE_UPLOAD'
  | 'FAIL_UPLOAD'
  | 'COMPLETE_PROCESSING'
  | 'FAIL_PROCESSING'
  | 'RETRY'
  | 'RESET'
  | 'FAIL_RESET';

/** An event as the machine sees it. Guards read its `facts`, so one snapshot per state serves every file. */
export type MachineEvent = { readonly type: LifecycleEvent } & EventInput;

const recordFailure = {
  type: 'recordFailure',
  params: ({ event }: { event: MachineEvent }) => ({ failure: event.failure }),
} as const;

// The actions do nothing when run: `transition()` returns them as data, and the unit of work carries them out.
const asData = (): void => undefined;

export const lifecycleMachine = setup({
  types: { events: {} as MachineEvent },
  guards: {
    hasAttemptsLeft: ({ event }) => lifecycleGuards.hasAttemptsLeft(event.facts),
  },
  actions: {
    countAttempt: asData,
    completeProgress: asData,
    rewindProgress: asData,
    discardBytes: asData,
    recordFailure: (_, _params: { failure: Failure }) => undefined,
    clearFailure: asData,
  },
}).createMachine({
  id: 'file',
  initial: 'UNTRACKED',
  states: {
    UNTRACKED: {
      description: 'Registered; no upload has started.',
      on: {
        START_UPLOAD: {
          description: 'An upload begins; it counts as an attempt.',
          target: 'UPLOADING',
          actions: 'countAttempt',
        },
      },
    },
    UPLOADING: {
      description: 'Its bytes are on their way.',
      on: {
        COMPLETE_UPLOAD: {
          description: 'The last byte has arrived and was checked.',
          target: 'PROCESSING',
          actions: 'completeProgress',
        },
        FAIL_UPLOAD: {
          description: 'The upload broke off or its bytes are wrong.',
          target: 'FAILED',
          actions: recordFailure,
        },
      },
    },
    PROCESSING: {
      description: 'All bytes are here and are being processed.',
      on: {
        COMPLETE_PROCESSING: {
          description: 'Processing has finished.',
          target: 'INDEXED',
        },
        FAIL_PROCESSING: {
          description: 'Processing has failed.',
          target: 'FAILED',
          actions: recordFailure,
        },
      },
    },
    INDEXED: {
      description: 'Processed and ready for use.',
      on: {
        RESET: {
          description: 'The file starts its life again, without its bytes.',
          target: 'UNTRACKED',
          actions: 'discardBytes',
        },
        FAIL_RESET: {
          description: 'Resetting has failed.',
          target: 'FAILED',
          actions: recordFailure,
        },
      },
    },
    FAILED: {
      description: 'Uploading, processing or resetting failed; `failure` says why.',
      on: {
        RETRY: {
          description: 'A failed file may be uploaded again, while attempts are left.',
          target: 'UNTRACKED',
          guard: 'hasAttemptsLeft',
          actions: ['clearFailure', 'rewindProgress'],
        },
      },
    },
  },
});

export type FileState = StateValueFrom<typeof lifecycleMachine>;

/** The states in the machine's order. */
export const FILE_STATES = Object.keys(lifecycleMachine.states) as readonly FileState[];

/** The events in the order in which the machine's states accept them. */
export const LIFECYCLE_EVENTS = Object.values(lifecycleMachine.states).flatMap(
  (node) => node.ownEvents,
) as readonly LifecycleEvent[];

/** Where a file's life begins. */
export const INITIAL_STATE: FileState = 'UNTRACKED';

/** The state in which a file has a failure, and the only one. */
export const FAILED_STATE: FileState = 'FAILED';
