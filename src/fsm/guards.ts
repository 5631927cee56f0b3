// The guards of the lifecycle, by name. Both engines take them as a parameter: tests and the evidence harness put
// others in their place (one that throws, one that waits for data) without touching the machine.
import type { Guards } from './types.ts';

export const lifecycleGuards: Guards = {
  hasAttemptsLeft: ({ attempts, maxAttempts }) => attempts < maxAttempts,
};
