// Deadlines that never expire during a test, and processing that is nobody's, for tests of something else.
import type { Timers } from '../../src/fsm/deadlines.ts';
import { createProcessingPolicy } from '../../src/lifecycle/processing-policy.ts';

export const LONG_TIMERS: Timers = {
  untrackedExpiry: 864e5,
  uploadStall: 864e5,
  processingTimeout: 864e5,
  queueTimeout: 7 * 864e5,
  failedBytesRetention: 864e5,
};

/** Nothing is retried by itself. */
export const PLAIN_POLICY = createProcessingPolicy({ rules: [], autoRetry: false, retryBackoffMs: 5_000 });
