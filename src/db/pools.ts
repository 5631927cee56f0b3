// The connections of one process, in pools that cannot starve each other: blocked lockers leave readers and feed alone.
import { Pool } from 'pg';
import type { Logger } from '../log.ts';
import { type MikroORM, createOrm } from './orm.ts';
import { PreparingClient } from './prepared.ts';

export interface Pools {
  readonly writes: MikroORM;
  readonly reads: MikroORM;
  readonly feed: Pool;
  /** Leases and segments; no connection of it waits for anything but a row. */
  readonly uploads: Pool;
  close(): Promise<void>;
}

const READERS = 10;
// One for the pump, the others for followers that are behind.
const FEED = 4;
const UPLOADS = 4;
const QUERY_TIMEOUT_MS = 4_000;

/** Opens nothing yet: connections are made when they are first needed. */
export function createPools(url: string, writers: number, log: Logger): Pools {
  const writes = createOrm({ url, name: 'writes', max: writers });
  const reads = createOrm({ url, name: 'reads', max: READERS });
  const feed = createPool(url, 'feed', FEED, log);
  const uploads = createPool(url, 'uploads', UPLOADS, log);
  const close = async (): Promise<void> => {
    await Promise.all([writes.close(), reads.close(), feed.end(), uploads.end()]);
  };
  return { writes, reads, feed, uploads, close };
}

function createPool(url: string, name: string, max: number, log: Logger): Pool {
  const pool = new Pool({
    connectionString: url,
    max,
    Client: PreparingClient,
    pipeline: true,
    application_name: `waybill-${name}`,
    connectionTimeoutMillis: QUERY_TIMEOUT_MS,
    // A connection that has died without a word must not stop what depends on it.
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
  });
  // Without listeners, a killed connection is an uncaught exception: idle ones tell the pool, others themselves.
  pool.on('error', (error) => {
    // At the end the server may hang up before the pool has: that is how it ends.
    if (!pool.ending) log.warn({ reason: error.message, pool: name }, 'a connection was lost');
  });
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
