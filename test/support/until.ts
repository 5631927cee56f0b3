// Waits for a condition instead of a fixed time: a slow machine only waits longer.
import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 20;

/** Reads until the value is accepted, and returns it; after `patienceMs` throws with the last value read. */
export async function until<Value>(
  read: () => Promise<Value> | Value,
  accepts: (value: Value) => boolean,
  patienceMs = 60_000,
): Promise<Value> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const value = await read();
    if (accepts(value)) return value;
    if (performance.now() > deadline) throw new Error(`timed out; the last value was ${JSON.stringify(value)}`);
    await sleep(EVERY_MS);
  }
}
