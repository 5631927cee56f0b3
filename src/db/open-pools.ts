// The pools that are open in this process, for its metrics.
import type { Pool } from 'pg';

export interface PoolUse {
  readonly name: string;
  /** Connections. */
  readonly total: number;
  readonly idle: number;
  /** Requests that wait for one. */
  readonly waiting: number;
}

const open = new Map<Pool, string>();

export function trackPool(name: string, pool: Pool): void {
  open.set(pool, name);
}

export function readPools(): PoolUse[] {
  for (const pool of open.keys()) if (pool.ending) open.delete(pool);
  return Array.from(open, ([{ totalCount, idleCount, waitingCount }, name]) => ({
    name,
    total: totalCount,
    idle: idleCount,
    waiting: waitingCount,
  }));
}
