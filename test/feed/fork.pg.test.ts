// The log is taken back under replicas that have read what is lost, and written anew: as a failover that loses its tail does,
// or a restore. By SQL, so that each moment can be met; on real servers: test/chaos/fork.chaos.test.ts.
import type pg from 'pg';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WITHOUT_POSITION } from '../../bench/transitions/positions.ts';
import { type Change, LOGGED_CHANGES } from '../../src/feed/change.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { sequenceBatch } from '../../src/feed/log/sequencer.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { fileIdOf, insertChange, makeFile, startFeed } from '../support/feed.ts';
import { openPool } from '../support/pool.ts';
import { takeBack } from '../support/take-back.ts';
import { until } from '../support/until.ts';

const RING = 16;

let database: TestDatabase;
let pool: pg.Pool;
let feed: Feed;
let lines: { msg: string; code?: string }[];
beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 8);
  lines = [];
  const sink = new Writable({ write: (line, _, done) => (lines.push(JSON.parse(String(line))), done()) });
  feed = await startFeed(pool, database.url, {
    ringCapacity: RING,
    log: pino({ base: null }, sink),
    readFile: (_tenant, id) => Promise.resolve(makeFile({ id, version: 0 })),
  });
});
afterEach(async () => {
  await feed.stop();
  await pool.end();
  await database.drop();
});

/** Commits the versions of a file, and waits until the replica has them. */
async function commit(file: number, version: number, last = version): Promise<void> {
  await insertChange(pool, file, version, last);
  feed.wake();
  const state = `select (select max(position)::int from feed_position) as head,
    (select count(*)::int from (${WITHOUT_POSITION}) as w) as waiting`;
  await until(
    async () => (await database.query<{ head: number; waiting: number }>(state))[0]!,
    ({ head, waiting }) => waiting === 0 && head === feed.head,
  );
}

interface Heard {
  readonly changes: Change[];
  failure: unknown;
}

async function follow(after: string, filter = LOGGED_CHANGES): Promise<Heard> {
  const heard: Heard = { changes: [], failure: undefined };
  (await feed.changes('local', filter, after)).deliverTo({
    offer: (change) => (heard.changes.push(change), true),
    take: (change) => Promise.resolve(void heard.changes.push(change)),
    end: (failure) => (heard.failure = failure),
  });
  return heard;
}

const failed = (heard: Heard): Promise<unknown> =>
  until(
    () => heard.failure,
    (failure) => failure !== undefined,
  );
/** Why a cursor does not work: refused at once, or its stream ends when the replica finds out. */
async function refusal(cursor: string): Promise<unknown> {
  try {
    return await failed(await follow(cursor));
  } catch (error) {
    return error;
  }
}

async function readToEnd(stream: AsyncIterable<unknown>): Promise<unknown> {
  try {
    for await (const item of stream) void item;
    return 'ended';
  } catch (error) {
    return error;
  }
}

const here = (): string => feed.cursorAt(feed.place);

/** The head is lower than what was seen, the same, or has passed it. */
it.each([0, 1, 2, 5])('live streams end with FEED_FORKED when 2 changes are lost and %d are new', async (others) => {
  await commit(1, 0, 3);
  const heard = await follow(here());
  const file = await feed.file('local', fileIdOf(1));
  const fileEnds = readToEnd(file);
  await commit(1, 4, 5);
  await takeBack(pool, 4, others);
  await failed(heard);
  expect(heard.failure).toMatchObject({ code: 'FEED_FORKED', oldestCursor: null });
  expect(heard.changes).toHaveLength(2);
  expect(await fileEnds).toMatchObject({ code: 'FEED_FORKED' });
  const next = await follow((heard.failure as { feedCursor: string }).feedCursor);
  await until(
    () => feed.isHealthy,
    (isHealthy) => isHealthy,
  );
  await commit(2, 0, 3);
  await until(
    () => next.changes.length,
    (length) => length === 4,
  );
  expect(next.changes.map(({ fileId }) => fileId)).toEqual(Array.from({ length: 4 }, () => fileIdOf(2)));
  expect(lines.filter(({ code }) => code === 'FEED_FORKED')).toHaveLength(1);
});

it('a cursor from before goes on, and one that has seen what is lost is refused, whether or not it was passed', async () => {
  await commit(1, 0, 3);
  const before = here();
  await commit(1, 4, 5);
  const lost = here();
  await takeBack(pool, 4, 1);
  expect(await refusal(lost)).toMatchObject({ code: 'FEED_FORKED' });
  await until(
    () => feed.head,
    (head) => head === 5,
  );
  await commit(2, 0, 9);
  expect(await refusal(lost)).toMatchObject({ code: 'FEED_FORKED', feedCursor: here() });
  const heard = await follow(before);
  await until(
    () => heard.changes.length,
    (length) => length === 11,
  );
  expect(heard.changes.map(({ fileId }) => Number(fileId.slice(-3)))).toEqual([
    900,
    ...Array.from({ length: 10 }, () => 2),
  ]);
});

it('a cursor of the release before is read, unchecked', async () => {
  await commit(1, 0, 3);
  const [feedId] = Buffer.from(here(), 'base64url').toString().split(':');
  const old = (position: number): string => Buffer.from(`${feedId}:${position}`).toString('base64url');
  const heard = await follow(old(2));
  await until(
    () => heard.changes.length,
    (length) => length === 2,
  );
  await expect(follow(old(5))).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
});

it('a stream that reads pages of the table learns of it too', async () => {
  await commit(1, 0);
  let go!: () => void;
  const free = new Promise<void>((resolve) => (go = resolve));
  let failure: unknown;
  (await feed.changes('local', LOGGED_CHANGES, here())).deliverTo({
    offer: () => false,
    take: () => free,
    end: (error) => (failure = error),
  });
  await commit(1, 1, 400);
  await takeBack(pool, 3, 500);
  go();
  await until(
    () => failure,
    (error) => error !== undefined,
  );
  expect(failure).toMatchObject({ code: 'FEED_FORKED' });
});

it('a change that cannot be read ends the streams it may be for, once, and nobody else; the rest goes on', async () => {
  await commit(1, 0);
  const start = here();
  const mine = await follow(start);
  const others = await follow(start, { ...LOGGED_CHANGES, ids: new Set([fileIdOf(3)]) });
  // What is no object has no columns to leave out: reading it fails, alone and in every page.
  await pool.query(
    `insert into file_change (tenant, file_id, version, kind, attempt_id, actor, file, occurred_at)
    select 'local', $1, 0, 'REGISTERED', gen_random_uuid(), 'a', '1', now() where pg_current_xact_id() is not null`,
    [fileIdOf(2)],
  );
  await insertChange(pool, 3, 0, 300);
  feed.wake();
  await failed(mine);
  expect(mine).toMatchObject({ changes: [], failure: { code: 'CURSOR_EXPIRED' } });
  await until(
    () => others.changes.length,
    (length) => length === 301,
  );
  expect(others.failure).toBeUndefined();
  const rest = await follow((mine.failure as { oldestCursor: string }).oldestCursor);
  await until(
    () => (rest.failure === undefined ? rest.changes.length : rest.failure),
    (length) => length === 301,
  );
  const again = await follow(start);
  await failed(again);
  expect(again).toMatchObject({ changes: [], failure: { code: 'CURSOR_EXPIRED' } });
  expect(lines.filter(({ msg }) => msg.startsWith('a change cannot be read'))).toHaveLength(1);
  expect(feed.isHealthy).toBe(true);
  await sequenceBatch(pool);
});
