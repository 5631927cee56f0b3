// How long a file may rest in a state, and what ends it: the machine's delayed transitions
// (https://stately.ai/docs/delayed-transitions), made durable. No timer runs for them; a deadline is a column of the
// file's row, written on entry into the state and compared with the database's clock (src/lifecycle/decide/expire.ts).
import type { FileState, LifecycleEvent } from './machine.ts';
import type { Failure } from './types.ts';

/** The lengths of time behind the deadlines; how long each is, is configuration. */
export type Timer = 'untrackedExpiry' | 'uploadStall' | 'processingTimeout' | 'queueTimeout' | 'failedBytesRetention';

/** Milliseconds. */
export type Timers = Readonly<Record<Timer, number>>;

export interface Deadline {
  readonly timer: Timer;
  /**
   * The event that ends the state; `remove`: the file itself ends; `discardPartialBytes`: the state stays, and what has
   * arrived of an incomplete upload goes.
   */
  readonly outcome: 'remove' | 'discardPartialBytes' | { readonly event: LifecycleEvent; readonly failure: Failure };
}

const fail = (event: LifecycleEvent, code: string, message: string): Deadline['outcome'] => ({
  event,
  failure: { code, message, retryable: true },
});

// Total: a new state does not compile until it says here what ends it.
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
  FAILED: { timer: 'failedBytesRetention', outcome: 'discardPartialBytes' },
};
