// From an opened byte store to one that is known to be writable, to be the one of this database, and to be watched.
import type { Pool } from 'pg';
import { DomainError, StartupError } from '../../errors.ts';
import { PeriodicTask } from '../../jobs/periodic-task.ts';
import type { Logger } from '../../log.ts';
import { type ByteStore, StorageFull } from './byte-store.ts';
import { adoptStore, claimStore, readKnown } from './identity.ts';
import { withTimeLimit } from './time-limit.ts';
import { WatchedStore, reasonOf } from './watched-store.ts';

const CHECK_EVERY_MS = 5_000;
/** For all requests of the start. One alone has half of it (watched-store.ts). */
const START_MS = 30_000;

/**
 * @param name of the store, for messages
 * @throws StartupError when the store cannot be written to, or belongs to another database
 */
export async function startStore(inner: ByteStore, name: string, pool: Pool, log: Logger): Promise<WatchedStore> {
  const store = new WatchedStore(inner, log);
  const identity = await usingStore(name, async () => {
    await probe(store, log);
    return await claimStore(pool, store);
  });
  store.expectIdentity(identity);
  return store;
}

/** The command `adopt-store`. @throws StartupError when the store cannot be written to */
export async function adopt(inner: ByteStore, name: string, pool: Pool, log: Logger): Promise<void> {
  const store = new WatchedStore(inner, log);
  const identity = await usingStore(name, async () => {
    await probe(store, log);
    return await adoptStore(pool, store);
  });
  log.info({ store: name, identity }, 'the byte store belongs to this database from now on');
}

/** What `/readyz` says of the store is as old as this. */
export function watchStore(store: WatchedStore, pool: Pool, log: Logger): PeriodicTask {
  return new PeriodicTask({ name: 'byte store', everyMs: CHECK_EVERY_MS, log }, async () => {
    // Another one after adopt-store. Without the database the last one known counts.
    const known = await readKnown(pool).catch(() => null);
    if (known !== null) store.expectIdentity(known);
    await store.check();
  });
}

/** A full store serves what it has, and may get room again. */
async function probe(store: WatchedStore, log: Logger): Promise<void> {
  await store.probe().catch((error: unknown) => {
    if (!(error instanceof StorageFull)) throw error;
    log.warn({ reason: reasonOf(error.cause) }, 'the byte store is full');
  });
}

async function usingStore<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await withTimeLimit(work(), START_MS, 'it does not answer');
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new StartupError('STORE_UNSUITABLE', `the byte store ${name} cannot be used: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
