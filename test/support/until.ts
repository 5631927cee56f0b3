// Waits for something that happens soon but not at once. Never a fixed pause: a slow machine only waits longer.
import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 20;

/** Reads until the value is accepted, and returns it; after `patienceMs` throws with the last value read. */
export async function until<Value>(
  read: () => Promise<Value> | Value,
  accepts: (value: Value) => boolean,
  patienceMs = 30_000,
): Promise<Value> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const value = await read();
    if (accepts(value)) return value;
    if (performance.now() > deadline) throw new Error(`waited in vain; the last was ${JSON.stringify(value)}`);
    await sleep(EVERY_MS);
  }
}
