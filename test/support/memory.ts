// How much memory a replica uses after garbage collection, by its own metrics.
import { request } from './client.ts';
import { get } from './http.ts';

/** Environment of a process with little room for garbage, so that most of its memory is in use. */
export const LITTLE_GARBAGE = {
  NODE_OPTIONS: '--max-semi-space-size=1 --max-old-space-size=160',
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

export interface Memory {
  /** Bytes of objects and of buffers outside the heap. */
  readonly held: number;
  /** Resident memory in bytes. */
  readonly resident: number;
}

const COLLECTIONS = 3;
const WORK = `{ __schema { types { name description fields { name description type { name ofType { name } } } } } }`;

interface Reading extends Memory {
  /** Full collections so far. */
  readonly collections: number;
}

async function readMemory(url: string): Promise<Reading> {
  const { text } = await get(url, '/metrics');
  const read = (name: string): number => Number(new RegExp(`^waybill_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  return {
    held: read('nodejs_heap_size_used_bytes') + read('nodejs_external_memory_bytes'),
    resident: read('process_resident_memory_bytes'),
    collections: read('nodejs_gc_duration_seconds_count\\{kind="major"\\}'),
  };
}

/** The least that was seen while the replica was given work until it had collected its garbage a few times. */
export async function settledMemory(url: string): Promise<Memory> {
  let least = await readMemory(url);
  const enough = least.collections + COLLECTIONS;
  while (least.collections < enough) {
    await Promise.all(Array.from({ length: 5 }, () => request(url, WORK)));
    const { held, resident, collections } = await readMemory(url);
    least = { held: Math.min(least.held, held), resident: Math.min(least.resident, resident), collections };
  }
  return least;
}
