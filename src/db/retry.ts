// The one place where a database operation is tried again.
import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryPolicy {
  /** Tries after the first one. */
  readonly retries: number;
  /** No try begins later than so many milliseconds after the first one. */
  readonly withinMs: number;
  /** Milliseconds before the first retry; doubles each time, with full jitter. */
  readonly baseDelayMs: number;
  readonly isTransient: (error: unknown) => boolean;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
}

/** Runs `attempt` until it succeeds, fails for good, or the retries are used up; the last error is thrown. */
export async function withRetries<Result>(policy: RetryPolicy, attempt: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now();
  for (let tried = 0; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      const isLate = performance.now() - startedAt > policy.withinMs;
      if (tried >= policy.retries || isLate || !policy.isTransient(error)) throw error;
    }
    await sleep(policy.baseDelayMs * 2 ** tried * (0.5 + policy.random()));
  }
}
