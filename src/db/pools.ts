// The connections of one process, in pools that cannot starve each other: blocked lockers leave readers and feed alone.
import { Pool } from 'pg';
import type { Logger } from '../log.ts';
import { type MikroORM, createOrm } from './orm.ts';

export interface Pools {
  readonly writes: MikroORM;
  readonly reads: MikroORM;
  readonly feed: Pool;
  close(): Promise<void>;
}

const READERS = 10;
// One for the pump, the others for followers that are behind.
const FEED = 4;
const FEED_TIMEOUT_MS = 4_000;

/** Opens nothing yet: connections are made when they are first needed. */
export function createPools(url: string, writers: number, log: Logger): Pools {
  const writes = createOrm({ url, name: 'writes', max: writers });
  const reads = createOrm({ url, name: 'reads', max: READERS });
  const feed = new Pool({
    connectionString: url,
    max: FEED,
    application_name: 'waybill-feed',
    connectionTimeoutMillis: FEED_TIMEOUT_MS,
    // A connection that has died without a word must not stop the feed.
    query_timeout: FEED_TIMEOUT_MS,
    keepAlive: true,
  });
  // Without listeners, a killed connection is an uncaught exception: idle ones tell the pool, others themselves.
  feed.on('error', (error) => log.warn({ err: error }, 'a feed connection was lost'));
  feed.on('connect', (client) => client.on('error', () => undefined));
  const close = async (): Promise<void> => {
    await Promise.all([writes.close(), reads.close(), feed.end()]);
  };
  return { writes, reads, feed, close };
}
