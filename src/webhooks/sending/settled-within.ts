// Waits for work, but not for ever.
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when all have ended, or after a time in milliseconds. */
export async function settledWithin(ms: number, all: Iterable<Promise<unknown>>): Promise<void> {
  const over = new AbortController();
  await Promise.race([Promise.allSettled(all), sleep(ms, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}
