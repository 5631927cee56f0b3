// Waiting before something is tried again.
import { setTimeout as sleep } from 'node:timers/promises';

/** Called before each wait. */
export type OnRetry = (error: unknown, delayMs: number) => void;

/** @throws the signal's reason */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
