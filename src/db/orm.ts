// One MikroORM over one pool. The program opens several: writers, readers and the feed must not be able to starve each
// other of connections (a pool full of blocked lockers would otherwise stop every reader).
import { Migrator } from '@mikro-orm/migrations';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { ENTITIES } from '../entities/all.ts';
import { createDialect } from './dialect.ts';
import { readConnectionUrl } from './connection-url.ts';
import { type PoolOptions, openPool } from './pool.ts';

export type { EntityManager, MikroORM };

const MIGRATIONS_DIR = new URL('../../migrations', import.meta.url).pathname;

/** Creates an ORM without connecting: the first query does. */
export function createOrm(options: PoolOptions): MikroORM {
  return new MikroORM({
    // For its messages only: the pool connects.
    dbName: nameOf(options.url),
    entities: ENTITIES,
    extensions: [Migrator],
    driverOptions: createDialect(openPool(options), options.commandTimeoutMs),
    migrations: {
      path: MIGRATIONS_DIR,
      tableName: 'migration',
      // The reference is the database that the migrations themselves make (scripts/migration-drift.ts).
      snapshot: false,
      silent: true,
    },
    // A request works on its own fork; requests must not share an identity map.
    allowGlobalContext: false,
    forceUtcTimezone: true,
    colors: false,
    logger: () => undefined,
  });
}

function nameOf(url: string): string {
  const { database, user } = readConnectionUrl(url);
  return database ?? user ?? 'postgres';
}
