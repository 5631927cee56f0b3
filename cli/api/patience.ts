// Trying again, in one place: what can pass by itself is waited for, longer each time and at random.
import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from '../errors.ts';

/** Called before each wait with what went wrong. */
export type OnTrouble = (error: unknown) => void;

// A minute and a half in all: a server that is being restarted has come back by then.
const DELAYS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000, 15_000];

/** At random, so that many clients of a server that went down do not all come back at once. */
export const jitter = (ms: number): number => Math.round(ms * (0.5 + Math.random()));

/** The waits of one series of attempts. */
export const drawDelays = (): number[] => DELAYS_MS.map(jitter);

/**
 * Runs an operation that may be run twice.
 * @throws what the last attempt threw, and the signal's reason
 */
export async function persist<Result>(
  operation: () => Promise<Result>,
  onTrouble: OnTrouble,
  signal: AbortSignal,
): Promise<Result> {
  for (const delay of drawDelays()) {
    try {
      return await operation();
    } catch (error) {
      if (!isTransient(error)) throw error;
      onTrouble(error);
      await pause(delay, signal);
    }
  }
  return await operation();
}

/** @throws the signal's reason */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
