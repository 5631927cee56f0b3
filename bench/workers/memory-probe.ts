// Loaded into a server before its own code: on request, collects garbage and reports the memory in use.
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** Bytes. */
export interface MemoryUse {
  /** Resident memory of the process. */
  readonly resident: number;
  /** Objects, and buffers outside the heap. */
  readonly held: number;
}

/** Options of Node. A small semi-space: otherwise garbage of a burst would be counted as the subscribers' memory. */
export const GARBAGE_OPTIONS = ['--expose-gc', '--max-semi-space-size=1'];
export const PROBE = [...GARBAGE_OPTIONS, `--import=${pathToFileURL(import.meta.filename).href}`];

const COLLECTIONS = 4;
const PAUSE_MS = 50;

export async function settleMemory(): Promise<MemoryUse> {
  for (let times = 0; times < COLLECTIONS; times += 1) {
    (globalThis.gc as (() => void) | undefined)?.();
    await delay(PAUSE_MS); // finalizers, and pages given back
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, held: heapUsed + external };
}

process.on('message', (message) => {
  if (message === 'measure') void settleMemory().then((use) => process.send?.(use));
});
