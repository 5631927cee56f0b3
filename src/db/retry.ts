// The one place where a database operation is tried again.
import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryPolicy {
  /** Tries after the first one. */
  readonly retries: number;
  /** Milliseconds before the first retry; doubles each time, with full jitter. */
  readonly baseDelayMs: number;
  readonly isTransient: (error: unknown) => boolean;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
}

/** Runs `attempt` until it succeeds, fails for good, or the retries are used up; the last error is thrown. */
export async function withRetries<Result>(policy: RetryPolicy, attempt: () => Promise<Result>): Promise<Result> {
  for (let tried = 0; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tried >= policy.retries || !policy.isTransient(error)) throw error;
    }
    await sleep(policy.baseDelayMs * 2 ** tried * (0.5 + policy.random()));
  }
}
