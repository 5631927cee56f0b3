// How long a file may rest in a state, and what ends it: the machine's delayed transitions
// (https://stately.ai/docs/delayed-transitions), made durable. No timer runs for them; a deadline is a column of the
// file's row, written with the move into the state and judged by the database's clock (src/lifecycle/expire.ts).
import type { FileState, LifecycleEvent } from './machine.ts';
import type { Failure } from './types.ts';

/** The lengths of time behind the deadlines; how long each is, is configuration. */
export type Timer = 'untrackedExpiry' | 'uploadStall' | 'processingTimeout';

/** Milliseconds. */
export type Timers = Readonly<Record<Timer, number>>;

export interface Deadline {
  readonly timer: Timer;
  /** The event that ends the state; `remove`: the file itself ends. */
  readonly outcome: 'remove' | { readonly event: LifecycleEvent; readonly failure: Failure };
}

const fail = (event: LifecycleEvent, code: string, message: string): Deadline['outcome'] => ({
  event,
  failure: { code, message, retryable: true },
});

// Total, as the table of transitions is: a new state does not compile until somebody has said what ends it.
export const DEADLINES: Readonly<Record<FileState, Deadline | null>> = {
  UNTRACKED: { timer: 'untrackedExpiry', outcome: 'remove' },
  UPLOADING: {
    timer: 'uploadStall',
    outcome: fail('FAIL_UPLOAD', 'UPLOAD_STALLED', 'No bytes came for too long.'),
  },
  PROCESSING: {
    timer: 'processingTimeout',
    outcome: fail('FAIL_PROCESSING', 'PROCESSING_TIMEOUT', 'Processing took too long.'),
  },
  INDEXED: null,
  FAILED: null,
};
