// Retries with exponential back-off and jitter, in one place.
import { isTransient } from '../errors.ts';
import { type OnRetry, pause } from './pause.ts';
import { limitedMs } from './rate-limits.ts';

// 90 s in all: enough for a server to restart.
const DELAYS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000, 15_000];

/** Random, so that the clients of a restarted server do not all return at once. */
export const jitter = (ms: number): number => Math.round(ms * (0.5 + Math.random()));

/** The delays of one series of attempts, in milliseconds. */
export const newRetryDelays = (): number[] => DELAYS_MS.map(jitter);

/**
 * Runs an operation that is safe to repeat, again while it fails with a transient error.
 * @throws the error of the last attempt, or the signal's reason
 */
export async function withRetries<Result>(
  operation: () => Promise<Result>,
  onRetry: OnRetry,
  signal: AbortSignal,
): Promise<Result> {
  const delays = newRetryDelays();
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      const delay = limitedMs(error) ?? (isTransient(error) ? delays.shift() : undefined);
      if (delay === undefined) throw error;
      onRetry(error, delay);
      await pause(delay, signal);
    }
  }
}
