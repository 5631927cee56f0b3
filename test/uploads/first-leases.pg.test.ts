// Leases of new files, many in one statement: each begins its first segment, and none waits for the row of another.
import pg from 'pg';
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../../src/log.ts';
import { Leases } from '../../src/uploads/leases.ts';
import { SegmentAppender } from '../../src/uploads/segment-appender.ts';
import { SegmentRows } from '../../src/uploads/segment-rows.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { openPool } from '../support/pool.ts';
import { storeFile } from '../support/stored-file.ts';

const nothing = (): void => undefined;

let database: TestDatabase;
let pool: Pool;
let leases: Leases;
let files: string[];

beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 4);
  leases = new Leases(pool, createLogger('silent'), uuidv7);
  files = [];
  const row = { state: 'UNTRACKED', bytes_received: 0 };
  for (let at = 0; at < 5; at += 1) {
    files.push((await storeFile(database, new MemoryStore(), { row, bytes: Buffer.alloc(0) })).fileId);
  }
  await database.query('delete from segment');
});

afterEach(async () => {
  await leases.stop();
  await pool.end();
  await database.drop();
});

const uploads = (): Promise<{ file_id: string; epoch: number; held: boolean }[]> =>
  database.query('select file_id, epoch, lease_until is not null as held from upload order by file_id');
const segments = (): Promise<{ id: string; file_id: string | null }[]> =>
  database.query('select id, file_id from segment order by file_id, id');

it('each has a segment, and all are released together', async () => {
  const taken = await Promise.all(files.map((file) => leases.acquireFirst(file, nothing)));
  expect(taken.map((lease) => lease?.epoch)).toEqual([1, 1, 1, 1, 1]);
  const begun = taken.map((lease) => ({ id: lease!.segment!.id, file_id: lease!.fileId }));
  expect(await segments()).toEqual(begun.toSorted((one, other) => one.file_id.localeCompare(other.file_id)));
  await Promise.all(taken.map((lease) => leases.release(lease!)));
  expect((await uploads()).filter(({ held }) => held)).toEqual([]);
});

it('of several that ask for one file one gets it', async () => {
  const asked = await Promise.all([1, 2, 3].map(() => leases.acquireFirst(files[0]!, nothing)));
  const [winner, ...others] = asked.filter((lease) => lease !== null);
  expect(others).toEqual([]);
  expect(await segments()).toEqual([{ id: winner!.segment!.id, file_id: files[0] }]);
});

it('a file that is not there fails by itself', async () => {
  const asked = [leases.acquireFirst(uuidv7(), nothing), leases.acquireFirst(files[1]!, nothing)];
  const [missing, there] = await Promise.allSettled(asked);
  expect(missing).toMatchObject({ status: 'rejected', reason: { status: 404 } });
  expect(there).toMatchObject({ status: 'fulfilled', value: { epoch: 1 } });
});

it('a row that is locked holds up nobody else, taken or released', async () => {
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  try {
    await holder.query('begin');
    await holder.query('select from file where id = $1 for update', [files[0]]);
    const waiting = leases.acquireFirst(files[0]!, nothing);
    const [second, third] = await Promise.all([files[1]!, files[2]!].map((file) => leases.acquireFirst(file, nothing)));
    expect([second?.epoch, third?.epoch]).toEqual([1, 1]);
    await holder.query('select from upload where file_id = $1 for update', [files[1]]);
    const release = leases.release(second!);
    await leases.release(third!);
    expect((await uploads()).map(({ held }) => held)).toEqual([true, false]);
    await holder.query('commit');
    await release;
    expect((await uploads()).find(({ file_id: id }) => id === files[1])?.held).toBe(false);
    expect((await waiting)?.epoch).toBe(1);
  } finally {
    await holder.end();
  }
});

it('a lease that was let go of is taken again, and what the first holder began is discarded', async () => {
  const lost = await leases.acquireFirst(files[0]!, nothing);
  await leases.release(lost!);
  const again = await leases.acquireFirst(files[0]!, nothing);
  expect(again).toEqual({ fileId: files[0], epoch: 2 });
  expect(await segments()).toEqual([{ id: lost!.segment!.id, file_id: null }]);
});

it('the segment that was begun with the lease is used while that is young, and another one afterwards', async () => {
  const store = new MemoryStore();
  const rows = new SegmentRows(pool, uuidv7);
  const young = await leases.acquireFirst(files[0]!, nothing);
  const old = await leases.acquireFirst(files[1]!, nothing);
  const write = async (lease: typeof young): Promise<string | undefined> => {
    const appender = new SegmentAppender(store, rows, lease!, 0);
    await appender.append(Buffer.from('bytes'));
    await appender.seal();
    return appender.last?.id;
  };
  expect(await write(young)).toBe(young!.segment!.id);
  const { id } = old!.segment!;
  expect(await write({ ...old!, segment: { id, usableUntil: performance.now() - 1 } })).not.toBe(id);
});
