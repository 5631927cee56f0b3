// One MikroORM over one pool. The program opens several: writers, readers and the feed must not be able to starve each
// other of connections (a pool full of blocked lockers would otherwise stop every reader).
import { Migrator } from '@mikro-orm/migrations';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { PreparingClient } from './prepared.ts';
import { FeedHead } from '../entities/feed-head.ts';
import { FileChange } from '../entities/file-change.ts';
import { FileCountDelta } from '../entities/file-count-delta.ts';
import { FileCount } from '../entities/file-count.ts';
import { File } from '../entities/file.ts';
import { IdempotencyRecord } from '../entities/idempotency-record.ts';
import { Segment } from '../entities/segment.ts';
import { Upload } from '../entities/upload.ts';

export type { EntityManager, MikroORM };

export interface PoolOptions {
  readonly url: string;
  /** Shown in pg_stat_activity.application_name. */
  readonly name: string;
  /** Connections at most. */
  readonly max: number;
}

const MIGRATIONS_DIR = new URL('../../migrations', import.meta.url).pathname;

// How long a request may wait for a free connection before it fails, and a connect for its answer.
const CONNECTION_TIMEOUT_MS = 10_000;

/** Creates an ORM without connecting: the first query does. */
export function createOrm({ url, name, max }: PoolOptions): MikroORM {
  return new MikroORM({
    clientUrl: url,
    entities: [File, FileChange, FileCount, FileCountDelta, IdempotencyRecord, FeedHead, Upload, Segment],
    extensions: [Migrator],
    pool: { min: 0, max },
    driverOptions: {
      Client: PreparingClient,
      pipeline: true,
      application_name: `waybill-${name}`,
      connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
      keepAlive: true,
    },
    migrations: {
      path: MIGRATIONS_DIR,
      tableName: 'migration',
      // The reference is the database that the migrations themselves make (scripts/migration-drift.ts).
      snapshot: false,
      silent: true,
    },
    // A request works on its own fork; the global one would be shared identity map and shared mistakes.
    allowGlobalContext: false,
    forceUtcTimezone: true,
    colors: false,
    logger: () => undefined,
  });
}
