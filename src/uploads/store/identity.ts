// The identity of a byte store: a marker in the store, and its copy in the database. A replica that was given another store
// (a volume that is not mounted, another bucket or prefix) would take every upload of the others for lost.
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { codeOf } from '../../db/pg-errors.ts';
import { asService } from '../../db/scope.ts';
import { StartupError } from '../../errors.ts';
import type { ByteStore } from './byte-store.ts';

const READ = 'select store_id as id from store_identity';
const REMEMBER = `
  insert into store_identity (store_id) values ($1) on conflict (id) do update set store_id = excluded.store_id`;

/**
 * The identity of the store that belongs to the database. At the first use of both it is written into both.
 * @throws StartupError STORE_UNSUITABLE when the store has another marker, or none although the database knows one
 */
export async function claimStore(pool: Pool, store: ByteStore): Promise<string> {
  const known = await readKnown(pool);
  if (known === null) return await inOneTransaction(pool, (client) => claimFirst(client, store));
  requireSame(known, await store.readMarker());
  return known;
}

/**
 * Makes the store the one of the database, whichever it was before. Replicas that still use the store before are not ready
 * from their next check on.
 */
export async function adoptStore(pool: Pool, store: ByteStore): Promise<string> {
  return await inOneTransaction(pool, async (client) => remember(client, await ensureMarker(store)));
}

/** @returns what differs, in words; null when the marker is the one of the database */
export function findDifference(known: string, marker: string | null): string | null {
  if (marker === known) return null;
  const held = marker === null ? 'no marker' : `the marker ${marker}`;
  return `the byte store holds ${held}, but the one of this database has the marker ${known}`;
}

/** Of two replicas that start at once, the second sees what the first has claimed. */
async function claimFirst(client: PoolClient, store: ByteStore): Promise<string> {
  const known = await readKnown(client);
  if (known !== null) {
    requireSame(known, await store.readMarker());
    return known;
  }
  await requireBytes(client, store);
  return remember(client, await ensureMarker(store));
}

/** A database from before there were identities may be started first by a replica with the wrong store. */
async function requireBytes(client: PoolClient, store: ByteStore): Promise<void> {
  const text = 'select id from segment where file_id is not null and length > 0 order by id desc limit 1';
  const { rows } = await asService(() => client.query<{ id: string }>(text));
  const [segment] = rows;
  if (segment === undefined || (await holds(store, segment.id))) return;
  throw new StartupError(
    'STORE_UNSUITABLE',
    'the byte store does not hold the bytes that this database knows: mount the right volume, or correct ' +
      'WAYBILL_STORAGE_URL or WAYBILL_DATA_DIR; if the bytes are lost, run "npm run adopt-store"',
  );
}

async function holds(store: ByteStore, segment: string): Promise<boolean> {
  try {
    (await store.readSegment(segment, 0, 1)).destroy();
    return true;
  } catch (error) {
    // By code: a store of a test may have classes of its own.
    if (codeOf(error) === 'BYTES_LOST') return false;
    throw error;
  }
}

function requireSame(known: string, marker: string | null): void {
  const difference = findDifference(known, marker);
  if (difference === null) return;
  throw new StartupError(
    'STORE_UNSUITABLE',
    `${difference}: mount the right volume, or correct WAYBILL_STORAGE_URL or WAYBILL_DATA_DIR; if the store was moved ` +
      'here with all its bytes, run "npm run adopt-store"',
  );
}

/** @returns null before the first use */
export async function readKnown(database: Pick<PoolClient, 'query'>): Promise<string | null> {
  const { rows } = await database.query<{ id: string }>(READ);
  return rows[0]?.id ?? null;
}

async function remember(client: PoolClient, id: string): Promise<string> {
  await client.query(REMEMBER, [id]);
  return id;
}

/** A marker that is there already stays: a crash may have come between it and the database, or the store was moved. */
async function ensureMarker(store: ByteStore): Promise<string> {
  const held = await store.readMarker();
  if (held !== null) return held;
  const id = randomUUID();
  await store.writeMarker(id);
  return id;
}

async function inOneTransaction<Value>(pool: Pool, work: (client: PoolClient) => Promise<Value>): Promise<Value> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin isolation level read committed');
    await client.query('lock table store_identity in exclusive mode');
    const value = await work(client);
    await client.query('commit');
    return value;
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    // A connection in an open transaction is closed, which rolls it back.
    client.release(failure);
  }
}
