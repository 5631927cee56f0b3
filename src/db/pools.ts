// The connections of one process, in pools that cannot starve each other: blocked lockers leave readers and feed alone.
import type { Pool } from 'pg';
import type { Logger } from '../log.ts';
import { type MikroORM, createOrm } from './orm.ts';
import type { OnShrunk } from './patient-pool.ts';
import { type PoolOptions, openPool } from './pool.ts';
import { READ_SESSION } from './read.ts';
import { KEEPALIVES } from './session.ts';
import { type TransactionLimits, writeSession } from './transact.ts';

export interface Pools {
  readonly writes: MikroORM;
  readonly reads: MikroORM;
  /** Of the poller. */
  readonly feed: Pool;
  /** Of subscribers that are behind, and of cursors: thousands may wait for it, and the poller does not. */
  readonly followers: Pool;
  /** Leases and segments; its connections wait for nothing but a row. */
  readonly uploads: Pool;
  close(): Promise<void>;
}

const READERS = 6;
const FEED = 2;
const FOLLOWERS = 2;
const UPLOADS = 3;
const QUERY_TIMEOUT_MS = 4_000;
// Above the statement_timeout of a batch (src/lifecycle/lifecycle.ts): that one leaves the connection in use.
const COMMAND_TIMEOUT_MS = 12_000;

/** What one process opens at most: the pools, and the connection for LISTEN. */
export const connectionsOf = (writers: number): number => writers + READERS + FEED + FOLLOWERS + UPLOADS + 1;

export interface PoolsOptions {
  readonly url: string;
  readonly preparedStatements: boolean;
  readonly writers: number;
  /** Of their transactions. */
  readonly limits: TransactionLimits;
  readonly log: Logger;
  /** Null: the connections act as the user of the URL. */
  readonly role?: string | null;
}

/** Opens nothing yet: connections are made when they are first needed. */
export function createPools(options: PoolsOptions): Pools {
  const open = (name: string, max: number, more: Partial<PoolOptions> = {}): MikroORM =>
    createOrm({ ...common(options, name), max, commandTimeoutMs: COMMAND_TIMEOUT_MS, ...more });
  const writes = open('writes', options.writers, { ownSession: writeSession(options.limits) });
  const reads = open('reads', READERS, { ownSession: READ_SESSION });
  const feed = openWatchedPool(options, 'feed', FEED, { ownSession: KEEPALIVES });
  const followers = openWatchedPool(options, 'followers', FOLLOWERS);
  const uploads = openWatchedPool(options, 'uploads', UPLOADS);
  const close = async (): Promise<void> => {
    await Promise.all([writes.close(), reads.close(), feed.end(), followers.end(), uploads.end()]);
  };
  return { writes, reads, feed, followers, uploads, close };
}

/** A connection that has gone silent must not stop what depends on it, so every query has a time limit. */
function openWatchedPool(options: PoolsOptions, name: string, max: number, more: Partial<PoolOptions> = {}): Pool {
  const pool = openPool(
    { ...common(options, name), max, ...more },
    { connectionTimeoutMillis: QUERY_TIMEOUT_MS, query_timeout: QUERY_TIMEOUT_MS },
  );
  pool.on('error', (error) => {
    // While the program stops, the server may close a connection before the pool does.
    if (!pool.ending) options.log.warn({ reason: error.message, pool: name }, 'a connection was lost');
  });
  return pool;
}

function common({ url, preparedStatements, log, role = null }: PoolsOptions, name: string): Omit<PoolOptions, 'max'> {
  const onShrunk: OnShrunk = (granted, wanted) =>
    log.warn(
      { pool: name, granted, wanted },
      'PostgreSQL allows no further connection: requests wait for one of those it has granted',
    );
  return { url, name, preparedStatements, onShrunk, role };
}
