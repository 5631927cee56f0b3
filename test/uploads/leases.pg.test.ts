// Leases in their rows: one holder at a time, takeover after expiry, and a released lease is free.
import pg from 'pg';
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../../src/log.ts';
import { Leases } from '../../src/uploads/leases.ts';
import { SegmentRows } from '../../src/uploads/segment-rows.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { openPool } from '../support/pool.ts';
import { storeFile } from '../support/stored-file.ts';
import { until } from '../support/until.ts';

const nothing = (): void => undefined;

let database: TestDatabase;
let pool: Pool;
let leases: Leases;
let first: string;
let second: string;

beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 4);
  leases = new Leases(pool, createLogger('silent'), uuidv7);
  const files = [await storeFile(database, new MemoryStore()), await storeFile(database, new MemoryStore())];
  [first = '', second = ''] = files.map(({ fileId }) => fileId).toSorted((one, other) => (one < other ? -1 : 1));
});

afterEach(async () => {
  await leases.stop();
  await pool.end();
  await database.drop();
});

const leaseOf = async (fileId: string): Promise<Date | null | undefined> => {
  const rows = await database.query<{ until: Date | null }>(
    'select lease_until as until from upload where file_id = $1',
    [fileId],
  );
  return rows[0]?.until;
};

const expire = (fileId: string): Promise<unknown> =>
  database.query(`update upload set lease_until = now() - interval '1 second' where file_id = $1`, [fileId]);

it('one at a time, each with an epoch of its own', async () => {
  const lease = await leases.acquire(first, nothing);
  expect(lease).toEqual({ fileId: first, epoch: 1 });
  expect(await leases.acquire(first, nothing)).toBeNull();
  await leases.release(lease!);
  expect(await leases.acquire(first, nothing)).toEqual({ fileId: first, epoch: 2 });
});

it('one that is let go of while a renewal is under way stays free', async () => {
  await leases.acquire(first, nothing);
  const lease = await leases.acquire(second, nothing);
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  try {
    await holder.query('begin');
    await holder.query('select from upload where file_id = $1 for update', [first]);
    // The renewal waits for the first row and has not reached the second.
    const waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    await until(
      () => database.query(waiting),
      (rows) => rows.length === 1,
    );
    await leases.release(lease!);
    const before = await leaseOf(first);
    await holder.query('commit');
    await until(
      () => leaseOf(first),
      (now) => now != null && before != null && now > before,
    );
    expect(await leaseOf(second)).toBeNull();
  } finally {
    await holder.end();
  }
});

it('one that has run out is taken over, and its holder begins no segment any more', async () => {
  const lost = await leases.acquire(first, nothing);
  const rows = new SegmentRows(pool, uuidv7);
  const leftBehind = await rows.begin(lost!, 5);
  await leases.stop();
  await expire(first);
  const taken = await leases.acquire(first, nothing);
  expect(taken).toEqual({ fileId: first, epoch: 2 });
  expect(await rows.findDiscarded(10)).toEqual([leftBehind.id]);
  await expect(rows.begin(lost!, 5)).rejects.toMatchObject({ status: 423 });
  await expect(rows.begin({ fileId: uuidv7(), epoch: 1 }, 0)).rejects.toMatchObject({ status: 404 });
  await rows.begin(taken!, 5);
  await rows.begin(taken!, 10);
  expect(await rows.findDiscarded(10)).toEqual([leftBehind.id]);
});

it('a holder that was taken over is told, and neither renews nor releases the lease of its successor', async () => {
  let told = false;
  const lost = await leases.acquire(first, () => (told = true));
  const successor = new Leases(pool, createLogger('silent'), uuidv7);
  let taken = null;
  while (taken === null) {
    await expire(first); // again, if it was renewed meanwhile
    taken = await successor.acquire(first, nothing);
  }
  await successor.stop();
  const takenUntil = await leaseOf(first);
  await until(
    () => told,
    (value) => value,
  );
  await leases.release(lost!);
  expect(await leaseOf(first)).toEqual(takenUntil);
});

it('a takeover closes the segments of the holder before, a release leaves them open', async () => {
  const isOpen = async (): Promise<boolean | undefined> =>
    (await database.query<{ open: boolean }>('select open from segment where file_id = $1', [first]))[0]?.open;
  const lease = await leases.acquire(first, nothing);
  await database.query('delete from segment where file_id = $1', [first]);
  const add = 'insert into segment (id, file_id, start, length, open) values ($1, $2, 0, 4, true)';
  await database.query(add, [uuidv7(), first]);
  await leases.release(lease!);
  const next = await leases.acquire(first, nothing);
  expect(next).toMatchObject({ epoch: 2 });
  expect(await isOpen()).toBe(true);
  await expire(first);
  expect(await leases.acquire(first, nothing)).toMatchObject({ epoch: 3 });
  expect(await isOpen()).toBe(false);
});
