// Opens what every part is built on: the database and the byte store.
import type { Config } from './config.ts';
import { warnOfFewConnections } from './db/enough-connections.ts';
import { type OpenDatabase, openDatabase } from './db/open-database.ts';
import { type Pools, connectionsOf, createPools } from './db/pools.ts';
import type { Timers } from './fsm/deadlines.ts';
import { Metrics } from './http/metrics.ts';
import { BATCH_LIMITS, LIFECYCLE_CONNECTIONS } from './lifecycle/lifecycle.ts';
import { timersOf } from './lifecycle/timers.ts';
import type { Logger } from './log.ts';
import type { ByteStore } from './uploads/store/byte-store.ts';
import { nameStore, openByteStore } from './uploads/store/open-store.ts';
import { startStore } from './uploads/store/start-store.ts';
import type { WatchedStore } from './uploads/store/watched-store.ts';

/** What every part is built from. */
export interface Base {
  readonly config: Config;
  readonly log: Logger;
  readonly database: OpenDatabase;
  readonly pools: Pools;
  readonly store: WatchedStore;
  readonly metrics: Metrics;
  readonly timers: Timers;
}

export async function openBase(
  parts: AsyncDisposableStack,
  config: Config,
  log: Logger,
  givenStore: ByteStore | undefined,
): Promise<Base> {
  const timers = timersOf(config);
  const database = await openDatabase(config, log);
  parts.defer(() => database.embedded?.stop());
  const { preparedStatements } = config;
  const pools = createPools({
    url: database.url,
    preparedStatements,
    writers: LIFECYCLE_CONNECTIONS,
    limits: BATCH_LIMITS,
    role: database.role,
    log,
  });
  parts.defer(() => pools.close());
  await warnOfFewConnections(database.url, connectionsOf(LIFECYCLE_CONNECTIONS), log);
  const opened = givenStore ?? (await openByteStore(config));
  parts.defer(() => opened.close());
  const store = await startStore(opened, nameStore(config), pools.uploads, log);
  return { config, log, database, pools, store, metrics: new Metrics(), timers };
}
