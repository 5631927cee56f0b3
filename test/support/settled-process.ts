// A server process whose garbage a test can have collected, and what it holds on to afterwards.
import { setTimeout as sleep } from 'node:timers/promises';
import { get } from './http.ts';
import { type WaybillProcess, startProcess } from './process.ts';

// As V8 collects when it is idle or short of memory: it gives the pages back, too. Backticks: NODE_OPTIONS takes quotation marks for its own.
const COLLECT = 'process.on(`SIGUSR2`,()=>gc({type:`major`,flavor:`last-resort`}))';

/** In bytes. */
export interface Settled {
  /** Objects, and buffers outside of the heap. */
  readonly held: number;
  readonly resident: number;
}

// One arena that gives back what is free at its end: in many, what glibc keeps depends on which threads met when, and
// differed by 50 MiB from run to run. https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
const GIVE_BACK = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' };

/** It collects its garbage on SIGUSR2. */
export const startCollectable = (env: Record<string, string>): Promise<WaybillProcess> =>
  startProcess({ ...env, ...GIVE_BACK, NODE_OPTIONS: `--expose-gc --import=data:text/javascript,${COLLECT}` }, 'api');

const POLLS = 6;
const BETWEEN_MS = 300;

/** The least of several readings, each after a collection. */
export async function settle({ url, child: { pid = 0 } }: WaybillProcess): Promise<Settled> {
  let [held, resident] = [Infinity, Infinity];
  for (let poll = 0; poll < POLLS; poll += 1) {
    process.kill(pid, 'SIGUSR2');
    await sleep(BETWEEN_MS);
    const { text } = await get(url, '/metrics');
    const read = (name: string): number => Number(new RegExp(`^waybill_${name} (\\S+)$`, 'm').exec(text)?.[1]);
    held = Math.min(held, read('nodejs_heap_size_used_bytes') + read('nodejs_external_memory_bytes'));
    resident = Math.min(resident, read('process_resident_memory_bytes'));
  }
  return { held, resident };
}
