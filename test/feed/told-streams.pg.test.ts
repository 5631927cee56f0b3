// Streams over a real log with a ring of eight changes: who cannot take falls out of it, reads pages, and is told again;
// and who waits long for a change of his own is not pushed out by changes of others.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Change, LOGGED_CHANGES } from '../../src/feed/change.ts';
import { Feed } from '../../src/feed/feed.ts';
import type { Listener } from '../../src/feed/live-stream.ts';
import { cutStep } from '../../src/feed/retention.ts';
import { createLogger } from '../../src/log.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { fileIdOf, insertChange, makeFile } from '../support/feed.ts';
import { openPool } from '../support/pool.ts';
import { until } from '../support/until.ts';

const RING = 8;
const [ONE, OTHER] = [1, 2];

let database: TestDatabase;
let pool: pg.Pool;
let feed: Feed;
beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 4);
  feed = await Feed.start({
    pool,
    log: createLogger('silent'),
    now: () => performance.now(),
    readFile: () => Promise.resolve(makeFile({ id: fileIdOf(ONE), version: -1, state: 'UNTRACKED' })),
    ringCapacity: RING,
    pollMs: 10,
    listenUrl: database.url,
    replicaId: randomUUID(),
    retentionMs: 864e5,
  });
});
afterEach(async () => {
  await feed.stop();
  await pool.end();
  await database.drop();
});

async function commit(file: number, version: number, last = version): Promise<void> {
  const head = feed.head + last - version + 1;
  await insertChange(pool, file, version, last);
  await until(
    () => feed.head,
    (now) => now === head,
  );
}

/** Takes one item, and then no other until `go` is called. */
function stopAndGo() {
  const taken: Change[] = [];
  let failure: unknown;
  let isFree = true;
  let go: () => void = () => undefined;
  const free = new Promise<void>((resolve) => (go = resolve)).then(() => (isFree = true));
  const listener: Listener<Change> = {
    offer: (item) => {
      if (!isFree) return false;
      taken.push(item);
      isFree = taken.length > 1;
      return true;
    },
    take: async (item) => {
      if (!isFree) await free;
      taken.push(item);
    },
    end: (error) => (failure = error),
  };
  return { listener, taken, go: () => go(), failure: () => failure };
}

const ofOne = { ...LOGGED_CHANGES, ids: new Set([fileIdOf(ONE)]) };
const here = (): string => feed.cursorAt(feed.head);
const versions = (changes: readonly Change[]): unknown[] =>
  changes.map((change) => (change.kind === 'PROGRESSED' ? change.kind : change.version));
const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, at) => at);

it('a listener that falls far behind reads what the ring has lost, in order, and is told again', async () => {
  const { listener, taken, go } = stopAndGo();
  (await feed.changes('local', LOGGED_CHANGES, here())).tell(listener);
  await commit(ONE, 0);
  await commit(ONE, 1, 5 * RING);
  expect(versions(taken)).toEqual([0]);
  go();
  await until(
    () => taken.length,
    (length) => length === 5 * RING + 1,
  );
  await commit(ONE, 5 * RING + 1);
  expect(versions(taken)).toEqual(upTo(5 * RING + 1));
});

it('a listener that falls behind retention is told so', async () => {
  const { listener, go, failure } = stopAndGo();
  (await feed.changes('local', LOGGED_CHANGES, here())).tell(listener);
  await commit(ONE, 0);
  await commit(ONE, 1, 300); // more than the page it has in its hands
  await cutStep(pool, -1_000);
  go();
  await until(failure, (error) => error !== undefined);
  expect(failure()).toMatchObject({ code: 'CURSOR_EXPIRED', oldestCursor: here() });
  expect(feed.followers).toBe(0);
});

/** Changes of others, more than the ring holds, and then all of them are cut from the log. */
async function longTimeOfOthers(first: number): Promise<void> {
  await commit(OTHER, first, first + 3 * RING);
  await cutStep(pool, -1_000);
}

it('who waits for his own change is not lost to changes of others, read or told', async () => {
  const told = stopAndGo();
  (await feed.changes('local', ofOne, here())).tell(told.listener);
  told.go();
  const read = await feed.changes('local', ofOne, here());
  for (const version of [0, 1, 2]) {
    const next = read.next();
    await longTimeOfOthers(version * 1_000);
    await commit(ONE, version);
    expect((await next).value).toMatchObject({ fileId: fileIdOf(ONE), version });
  }
  expect(versions(told.taken)).toEqual([0, 1, 2]);
  await read.return();
});

it('nor to progress, whose cursor moves on with the feed', async () => {
  const kinds = new Set(['TRANSITIONED', 'PROGRESSED'] as const);
  const stream = await feed.changes('local', { ...ofOne, kinds }, here());
  for (const version of [1, 2, 3]) {
    const next = stream.next();
    await longTimeOfOthers(version * 1_000);
    feed.reportProgress('local', makeFile({ id: fileIdOf(ONE), version, bytesReceived: version }));
    expect((await next).value).toMatchObject({ kind: 'PROGRESSED', position: feed.head });
  }
  await stream.return();
});
