// The log is taken back at moments when a replica holds more than what it has read of it: a page, a report, a snapshot, a cursor
// of another replica. These replicas hear of nothing by themselves unless they are asked.
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LOGGED_CHANGES } from '../../src/feed/change.ts';
import { FeedPoller } from '../../src/feed/delivery/poller.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { Pages } from '../../src/feed/log/pages.ts';
import { sequenceBatch } from '../../src/feed/log/sequencer.ts';
import { createLogger } from '../../src/log.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { fileIdOf, insertChange, makeFile, startFeed } from '../support/feed.ts';
import { openPool } from '../support/pool.ts';
import { takeBack } from '../support/take-back.ts';
import { until } from '../support/until.ts';

const RING = 16;
const SELDOM_MS = 3_600_000;
const log = createLogger('silent');

let database: TestDatabase;
let pool: pg.Pool;
beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 8);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

const open = (options: Parameters<typeof startFeed>[2] = {}): Promise<Feed> =>
  startFeed(pool, database.url, { ringCapacity: RING, pollMs: SELDOM_MS, log, ...options });

/** Commits versions of a file, and waits until the replica has them. */
async function commit(feed: Feed, file: number, version: number, last = version): Promise<void> {
  const head = feed.head + last - version + 1;
  await insertChange(pool, file, version, last);
  feed.wake();
  await until(
    () => feed.head,
    (now) => now === head,
  );
}

/** The next changes after a cursor: the numbers of their files. */
async function filesAfter(feed: Feed, cursor: string, count: number): Promise<number[]> {
  const files: number[] = [];
  await using stream = await feed.changes('local', LOGGED_CHANGES, cursor);
  while (files.length < count) files.push(Number((await stream.next()).value?.fileId.slice(-6)));
  return files;
}

it('a page that was kept for others does not outlive its log', async () => {
  await using stack = new AsyncDisposableStack();
  const feed = await open({ pollMs: 20 });
  stack.defer(() => feed.stop());
  await commit(feed, 1, 0, 3);
  const before = feed.cursorAt(feed.place);
  await commit(feed, 2, 0, 99);
  expect(await filesAfter(feed, before, 100)).toEqual(Array.from({ length: 100 }, () => 2));
  const read = feed.gauges.pagesRead;
  expect(await filesAfter(feed, before, 10)).toEqual(Array.from({ length: 10 }, () => 2));
  expect(feed.gauges.pagesRead).toBe(read);
  await takeBack(pool, 4, 120);
  await until(
    () => feed.head === 124 && feed.isHealthy,
    (is) => is,
  );
  expect(await filesAfter(feed, before, 100)).toEqual(Array.from({ length: 100 }, (_, at) => 900 + at));
});

it('whoever waits for a position that is lost is told, also where the log now ends at what was read', async () => {
  await insertChange(pool, 1, 0, 2);
  await sequenceBatch(pool);
  const pages = new Pages(pool, log);
  const poller = await FeedPoller.start({
    pool,
    log,
    pages,
    ringCapacity: RING,
    ringBytes: 2 ** 20,
    pollMs: SELDOM_MS,
  });
  await insertChange(pool, 1, 3, 4);
  await sequenceBatch(pool);
  await takeBack(pool, 3, 0);
  await poller.reach(5);
  expect(poller.ring.head).toBe(3);
  expect(poller.restarts).toBe(0);
  const reaching = expect(poller.reach(5)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await poller.stop();
  await reaching;
});

it('a snapshot that was ahead of the feed is given when the feed has it, so that its loss is noticed', async () => {
  await using stack = new AsyncDisposableStack();
  const readFile = async () => {
    await insertChange(pool, 1, 4);
    return makeFile({ id: fileIdOf(1), version: 4 });
  };
  const feed = await open({ readFile });
  stack.defer(() => feed.stop());
  await commit(feed, 1, 0, 3);
  const file = await feed.file('local', fileIdOf(1));
  expect(feed.head).toBe(5);
  expect((await file.next()).value).toMatchObject({ version: 4 });
  await takeBack(pool, 4, 1);
  const next = file.next();
  feed.wake();
  await expect(next).rejects.toMatchObject({ code: 'FEED_FORKED' });
});

it('a snapshot of a log that was taken back meanwhile is read again', async () => {
  await using stack = new AsyncDisposableStack();
  let reads = 0;
  const readFile = async () => {
    reads += 1;
    if (reads === 1) await takeBack(pool, 3, 0);
    return makeFile({ id: fileIdOf(1), version: reads === 1 ? 3 : 2 });
  };
  const feed = await open({ readFile });
  stack.defer(() => feed.stop());
  await commit(feed, 1, 0, 3);
  const file = await feed.file('local', fileIdOf(1));
  expect((await file.next()).value).toMatchObject({ version: 2 });
  expect(reads).toBe(2);
  await file.return();
});

it('a replica that has not noticed yet takes a cursor of the log as it is now', async () => {
  await using stack = new AsyncDisposableStack();
  const feed = await open();
  stack.defer(() => feed.stop());
  await commit(feed, 1, 0, 5);
  await takeBack(pool, 2, 3);
  const [there] = await database.query<{ fingerprint: number }>(
    'select fingerprint from feed_position where position = 4',
  );
  const cursor = feed.cursorAt({ position: 4, fingerprint: there!.fingerprint });
  expect(await filesAfter(feed, cursor, 1)).toEqual([902]);
});

it('progress that was reported before is forgotten', async () => {
  await using stack = new AsyncDisposableStack();
  const feed = await open({ readFile: () => Promise.resolve(makeFile({ id: fileIdOf(1), version: 1 })) });
  stack.defer(() => feed.stop());
  await commit(feed, 1, 0, 3);
  feed.reportProgress('local', makeFile({ id: fileIdOf(1), version: 3, bytesReceived: 50 }));
  await takeBack(pool, 2, 0);
  const progress = await feed.uploadProgress('local', fileIdOf(1));
  expect((await progress.next()).value).toMatchObject({ version: 1, bytesReceived: 0 });
  await progress.return();
});
