// Which ids of the log the sequencer looks for again, and when it gives them up: transactions that commit late, out of order,
// below others that run on, or never.
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type SequenceOptions, sequenceBatch } from '../../../src/feed/log/sequencer.ts';
import { readFeedState } from '../../../src/feed/log/state.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { insertChange, readAll } from '../../support/feed.ts';
import { openPool } from '../../support/pool.ts';
import { until } from '../../support/until.ts';
import { resetCosts } from '../../support/statement-costs.ts';

let database: TestDatabase;
let pool: pg.Pool;
/** Of transactions that are open: a test that fails leaves some. */
const held = new Set<pg.PoolClient>();
beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 20);
});
afterEach(async () => {
  for (const client of held) client.release(true);
  held.clear();
  await pool.end();
  await database.drop();
});

interface Writer {
  /** Writes the registration of a file: takes the next id of the log. */
  write(file: number): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** A transaction that has its own id, as those of the lifecycle have before they take one of the log. */
async function begin(): Promise<Writer> {
  const client = await pool.connect();
  held.add(client);
  await client.query('begin');
  await client.query('select pg_current_xact_id()');
  const end = async (how: string): Promise<void> => {
    await client.query(how);
    held.delete(client);
    client.release();
  };
  return {
    write: (file) => insertChange(client, file, 0),
    commit: () => end('commit'),
    rollback: () => end('rollback'),
  };
}

/** A change of this file is committed, and sequenced with what there is besides. */
async function add(file: number, options: SequenceOptions = {}): Promise<void> {
  await insertChange(pool, file, 0);
  await sequenceBatch(pool, options);
}

async function sequenceAll(options: SequenceOptions = {}): Promise<void> {
  while ((await readFeedState(pool)).pendingSince !== null) await sequenceBatch(pool, options);
}

/** Files in feed order. */
const files = async (): Promise<number[]> => (await readAll(pool)).map(({ fileId }) => Number(fileId.slice(-12)));

/** Ids that the sequencer still looks for. */
async function missing(): Promise<string> {
  const newest = 'select missing::text from feed_position order by position desc limit 1';
  return (await database.query<{ missing: string | null }>(newest))[0]!.missing ?? '{}';
}

/** Sequences one change after another until no id is looked for any more; transactions of other tests hold that up. */
async function settle(from: number): Promise<void> {
  let file = from;
  await until(
    async () => {
      await add((file += 1));
      return await missing();
    },
    (ids) => ids === '{}',
  );
}

it('an id is looked for while a transaction runs that began before it was missed, and then no more', async () => {
  const writer = await begin();
  await writer.write(1); // id 1
  await add(2);
  await add(3);
  expect(await missing()).toBe('{[1,2)}');
  await writer.rollback();
  await settle(3);
  expect((await files()).slice(0, 2)).toEqual([2, 3]);
});

it('a writer whose transaction id is above the xmax of the snapshot that missed it is not given up', async () => {
  // `early` has the lowest id and runs. `quick` has the next, so that it is the last that completed; `late` has one above.
  const early = await begin();
  const quick = await begin();
  const late = await begin();
  await late.write(1); // id 1
  await quick.write(2); // id 2
  await quick.commit();
  await sequenceBatch(pool);
  await early.commit();
  for (let file = 3; file < 10; file += 1) await add(file);
  expect(await missing()).toBe('{[1,2)}');
  await late.commit();
  await sequenceAll();
  expect(await files()).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 1]);
});

it('a transaction of another database that writes for long keeps ids looked for, and only those', async () => {
  const other = await createDatabase();
  const elsewhere = openPool(other.url, 1);
  const long = await elsewhere.connect();
  await long.query('begin');
  await long.query('select pg_current_xact_id()');
  const [late, never] = [await begin(), await begin()];
  await late.write(1); // id 1
  await never.write(2); // id 2
  await add(3);
  await never.rollback();
  for (let file = 4; file < 40; file += 1) await add(file);
  expect(await missing()).toBe('{[1,3)}');
  await late.commit();
  await add(40);
  expect(await missing()).toBe('{[2,3)}');
  expect((await files()).slice(-2)).toEqual([1, 40]);
  await long.query('rollback');
  long.release();
  await elsewhere.end();
  await other.drop();
  await settle(40);
});

it('late rows that do not fit into one batch are all found, though nobody who could write them runs any more', async () => {
  const writer = await begin();
  for (let file = 1; file <= 5; file += 1) await writer.write(file);
  await add(6);
  await writer.commit();
  for (let file = 7; file <= 9; file += 1) await insertChange(pool, file, 0);
  await sequenceAll({ rows: 2 });
  expect(await files()).toEqual([6, 1, 2, 3, 4, 5, 7, 8, 9]);
  await settle(9);
});

it('a state from a server whose transaction ids were higher, as a dump brings it, does not stop it', async () => {
  await insertChange(pool, 1, 0, 2);
  await database.query('delete from file_change where version = 0');
  await database.query(`insert into feed_position (position, log_id, fingerprint, seen, missing, settles_to, settles_at)
    select 1, id, 7, id, '{[1,2)}', id, '9000000000000' from file_change where version = 1`);
  await sequenceBatch(pool);
  await settle(2);
});

it('sequencing and polling cost no more while a dump keeps its snapshot', async () => {
  const ROUNDS = 300;
  const SEQUENCE = 'with newest%';
  const POLL = '%as trimmed_fingerprint%';
  const rounds = async (from: number): Promise<number[]> => {
    await resetCosts(database);
    for (let file = from; file < from + ROUNDS; file += 1) {
      await add(file);
      await readFeedState(pool);
    }
    const costs = await database.query<{ buffers: string }>(
      `select sum(shared_blks_hit + shared_blks_read) as buffers from pg_stat_statements
        where dbid = (select oid from pg_database where datname = current_database()) and (query like $1 or query like $2)
        group by query like $1 order by 1`,
      [SEQUENCE, POLL],
    );
    return costs.map(({ buffers }) => Number(buffers));
  };
  await database.query('create extension if not exists pg_stat_statements');
  const dump = await pool.connect();
  await dump.query('begin isolation level repeatable read read only');
  await dump.query('select count(*) from file_change');
  const first = await rounds(0);
  for (let at = 0; at < 20; at += 1) {
    await insertChange(pool, 10_000 + at, 0, 999);
    await sequenceBatch(pool);
  }
  await rounds(20_000);
  const last = await rounds(30_000);
  await dump.query('rollback');
  dump.release();
  expect(first).toHaveLength(2);
  for (const [at, buffers] of last.entries()) expect(buffers).toBeLessThan(2 * first[at]!);
});
