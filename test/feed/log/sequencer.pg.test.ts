// Sequencer: rows get their positions after the commit, each once and without gaps, also when they commit out of the order
// of their ids; within a file positions follow the versions.
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ADVISORY_LOCKS } from '../../../src/db/advisory-locks.ts';
import { readFeedState } from '../../../src/feed/log/state.ts';
import { Pages } from '../../../src/feed/log/pages.ts';
import { createLogger } from '../../../src/log.ts';
import { SEQUENCE_BATCH, sequenceBatch } from '../../../src/feed/log/sequencer.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { fileIdOf, insertChange, readAll } from '../../support/feed.ts';
import { existsLock, untilTrue } from '../../support/lifecycle.ts';
import { openPool } from '../../support/pool.ts';
import { createRandom } from '../../support/random.ts';

let database: TestDatabase;
let pool: pg.Pool;
beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 20);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

/** [file, version] of every change, in feed order. Checks the positions. */
async function readFeed(): Promise<[file: number, version: number][]> {
  const changes = await readAll(pool);
  expect(changes.map(({ position }) => position)).toEqual(changes.map((_, at) => at + 1));
  return changes.map((change) => [Number(change.fileId.slice(-12)), change.version]);
}

it('a row that commits late gets the next position, after rows with higher ids', async () => {
  const late = await pool.connect();
  await late.query('begin');
  await insertChange(late, 1, 0);
  await insertChange(pool, 2, 0);
  await insertChange(pool, 3, 0);
  expect(await sequenceBatch(pool)).toMatchObject({ count: 2 });
  const seen = await readFeed();
  await late.query('commit');
  late.release();
  expect((await readFeedState(pool)).pendingSince).not.toBeNull();
  expect(await sequenceBatch(pool)).toMatchObject({ count: 1 });
  expect(seen).toEqual([
    [2, 0],
    [3, 0],
  ]);
  expect(await readFeed()).toEqual([
    [2, 0],
    [3, 0],
    [1, 0],
  ]);
});

it('a row that is rolled back takes no position', async () => {
  const client = await pool.connect();
  await client.query('begin');
  await insertChange(client, 1, 0);
  await client.query('rollback');
  client.release();
  await insertChange(pool, 2, 0);
  expect(await sequenceBatch(pool)).toMatchObject({ count: 1 });
  expect(await readFeed()).toEqual([[2, 0]]);
});

it('rows are sequenced a batch at a time, in the order of their ids, and none is left', async () => {
  await insertChange(pool, 1, 0, SEQUENCE_BATCH + 499);
  const batches = [await sequenceBatch(pool), await sequenceBatch(pool), await sequenceBatch(pool)];
  expect(batches.map(({ count }) => count)).toEqual([SEQUENCE_BATCH, 500, 0]);
  expect(await readFeed()).toEqual(Array.from({ length: SEQUENCE_BATCH + 500 }, (_, version) => [1, version]));
  expect(await readFeedState(pool)).toMatchObject({
    head: { position: SEQUENCE_BATCH + 500 },
    trimmed: { position: 0 },
    pendingSince: null,
  });
});

it('a replica waits while another one sequences, and then sequences what was committed meanwhile', async () => {
  const other = await pool.connect();
  await other.query('begin');
  await other.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.sequencer]);
  const waiting = sequenceBatch(pool);
  await untilTrue(database, existsLock('not granted'));
  await insertChange(pool, 1, 0);
  expect(await readFeedState(pool)).toMatchObject({ head: { position: 0 } });
  await other.query('commit');
  other.release();
  expect(await waiting).toMatchObject({ count: 1 });
});

it('a holder of the lock that stops halfway loses it, and the next replica goes on', async () => {
  await insertChange(pool, 1, 0);
  const [reached, stopped] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const midSequence = (): Promise<void> => {
    reached.resolve();
    return stopped.promise;
  };
  const hung = sequenceBatch(pool, { midSequence });
  await reached.promise;
  const next = sequenceBatch(pool);
  expect(await next).toMatchObject({ count: 1 });
  stopped.resolve();
  await expect(hung).rejects.toThrow();
  expect(await readFeed()).toEqual([[1, 0]]);
});

it('a batch that fails halfway changes nothing, and its connection is not reused', async () => {
  await insertChange(pool, 1, 0);
  await database.query('alter table feed_position rename to feed_position_away');
  await expect(sequenceBatch(pool)).rejects.toThrow('feed_position');
  await database.query('alter table feed_position_away rename to feed_position');
  expect(await sequenceBatch(pool)).toMatchObject({ count: 1 });
  expect(await readFeed()).toEqual([[1, 0]]);
});

it('many writers and two sequencers at once: every row once, files in order, and a concurrent reader misses none', async () => {
  const seed = Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 31);
  const random = createRandom(seed);
  const FILES = 12;
  const VERSIONS = 25;

  // As the row lock enforces: the next version of a file begins after the one before has committed.
  async function write(file: number): Promise<void> {
    for (let version = 0; version < VERSIONS; version += 1) {
      const client = await pool.connect();
      await client.query('begin');
      await insertChange(client, file, version);
      await sleep(random.next() * 8);
      const rollBack = random.chance(0.2);
      await client.query(rollBack ? 'rollback' : 'commit');
      client.release();
      if (rollBack) version -= 1;
    }
  }

  const written = new AbortController();
  async function sequence(): Promise<void> {
    while (!written.signal.aborted) {
      await sequenceBatch(pool);
      await sleep(random.next() * 4);
    }
  }

  // Before anything is written: whatever comes is behind it.
  let { head: place } = await readFeedState(pool);
  const seen: string[] = [];
  async function read(): Promise<void> {
    const pages = new Pages(pool, createLogger('silent'));
    while (seen.length < FILES * VERSIONS) {
      const { changes } = await pages.read(place);
      seen.push(...changes.map((change) => `${change.fileId} ${change.version}`));
      place = changes.at(-1) ?? place;
      if (written.signal.aborted && changes.length === 0) return;
    }
  }

  const writing = Promise.all(Array.from({ length: FILES }, (_, file) => write(file)));
  const sequencing = Promise.all([sequence(), sequence()]);
  const reading = read();
  await writing;
  while ((await readFeedState(pool)).pendingSince !== null) await sequenceBatch(pool);
  written.abort();
  await Promise.all([sequencing, reading]);

  const feed = await readFeed();
  expect(feed.length, `seed ${seed}`).toBe(FILES * VERSIONS);
  for (let file = 0; file < FILES; file += 1) {
    const versions = feed.filter(([each]) => each === file).map(([, version]) => version);
    expect(versions, `file ${file}, seed ${seed}`).toEqual(Array.from({ length: VERSIONS }, (_, at) => at));
  }
  expect(seen, `what the reader saw, seed ${seed}`).toEqual(
    feed.map(([file, version]) => `${fileIdOf(file)} ${version}`),
  );
});
