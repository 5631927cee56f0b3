// How long the deadlines of src/fsm/deadlines.ts are: a setting each.
import type { Config } from '../config.ts';
import type { Timers } from '../fsm/deadlines.ts';

export const timersOf = (config: Config): Timers => ({
  untrackedExpiry: config.untrackedExpiryMs,
  uploadStall: config.uploadStallMs,
  processingTimeout: config.processingTimeoutMs,
  queueTimeout: config.queueTimeoutMs,
  failedBytesRetention: config.failedBytesRetentionMs,
});
