// The lifecycle of a file: the only place that names its states, events, guards and effects. The GraphQL
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

// The actions do nothing when run: `transition()` returns them as data, and decide/effects.ts carries them out.
const asData = (): void => undefined;

/**
 * What a state means to the rest of the program, which asks for a tag and never for a state by name:
 * `awaitingBytes` the upload has not started; `receiving` bytes are arriving; `processing`; `ready` for use; `failed`, and
 * `failure` says why; `keepsBytes` a complete upload stays stored; `terminal` nothing follows by itself.
 */
export type StateTag = 'awaitingBytes' | 'receiving' | 'processing' | 'ready' | 'failed' | 'keepsBytes' | 'terminal';

export const lifecycleMachine = setup({
  types: { events: {} as MachineEvent, tags: {} as StateTag },
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
      tags: ['awaitingBytes'],
      on: {
        START_UPLOAD: {
          description: 'An upload starts and counts as an attempt.',
          target: 'UPLOADING',
          actions: 'countAttempt',
        },
      },
    },
    UPLOADING: {
      description: 'The bytes are being uploaded.',
      tags: ['receiving'],
      on: {
        COMPLETE_UPLOAD: {
          description: 'The last byte arrived and the content was verified.',
          target: 'PROCESSING',
          actions: 'completeProgress',
        },
        FAIL_UPLOAD: {
          description: 'The upload stalled, or its content is wrong.',
          target: 'FAILED',
          actions: recordFailure,
        },
      },
    },
    PROCESSING: {
      description: 'All bytes have arrived and are being processed.',
      tags: ['processing', 'keepsBytes'],
      on: {
        COMPLETE_PROCESSING: {
          description: 'Processing finished.',
          target: 'INDEXED',
        },
        FAIL_PROCESSING: {
          description: 'Processing failed.',
          target: 'FAILED',
          actions: recordFailure,
        },
      },
    },
    INDEXED: {
      description: 'Processed and ready to use.',
      tags: ['ready', 'keepsBytes', 'terminal'],
      on: {
        RESET: {
          description: 'The file starts over, without its bytes.',
          target: 'UNTRACKED',
          actions: 'discardBytes',
        },
        FAIL_RESET: {
          description: 'The reset failed.',
          target: 'FAILED',
          actions: recordFailure,
        },
      },
    },
    FAILED: {
      description: 'Uploading, processing or a reset failed; `failure` says why.',
      tags: ['failed', 'keepsBytes', 'terminal'],
      on: {
        RETRY: {
          description: 'The file may be uploaded again, as long as attempts are left.',
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

/** The state of a new file. */
export const INITIAL_STATE: FileState = lifecycleMachine.config.initial as FileState;
