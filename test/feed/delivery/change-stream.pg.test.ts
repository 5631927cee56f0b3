// ChangeStream over a real log, with a ring buffer of eight changes: a subscriber that is slow reads pages of the table
// and is live again; one that waits long for its own changes does not fall behind because of changes of others.
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Change, LOGGED_CHANGES } from '../../../src/feed/change.ts';
import type { Feed } from '../../../src/feed/feed.ts';
import type { Subscriber } from '../../../src/feed/delivery/live-stream.ts';
import { pruneStep } from '../../../src/feed/log/pruner.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { fileIdOf, insertChange, makeFile, startFeed } from '../../support/feed.ts';
import { openPool } from '../../support/pool.ts';
import { until } from '../../support/until.ts';

const RING = 8;
const [ONE, OTHER] = [1, 2];

let database: TestDatabase;
let pool: pg.Pool;
let feed: Feed;
beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 4);
  feed = await startFeed(pool, database.url, {
    readFile: () => Promise.resolve(makeFile({ id: fileIdOf(ONE), version: -1, state: 'UNTRACKED' })),
    ringCapacity: RING,
    pollMs: 10,
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
  const subscriber: Subscriber<Change> = {
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
  return { subscriber, taken, go: () => go(), failure: () => failure };
}

const ofOne = { ...LOGGED_CHANGES, ids: new Set([fileIdOf(ONE)]) };
const here = (): string => feed.cursorAt(feed.place);
const versions = (changes: readonly Change[]): unknown[] =>
  changes.map((change) => (change.kind === 'PROGRESSED' ? change.kind : change.version));
const hasTaken = (taken: readonly Change[], count: number): Promise<unknown> =>
  until(
    () => taken.length,
    (length) => length >= count,
  );
const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, at) => at);

it('a subscriber that falls far behind gets what the ring buffer has overwritten, in order, and is live again', async () => {
  const { subscriber, taken, go } = stopAndGo();
  (await feed.changes('local', LOGGED_CHANGES, here())).deliverTo(subscriber);
  await commit(ONE, 0);
  await commit(ONE, 1, 5 * RING);
  expect(versions(taken)).toEqual([0]);
  go();
  await hasTaken(taken, 5 * RING + 1);
  await commit(ONE, 5 * RING + 1);
  await hasTaken(taken, 5 * RING + 2);
  expect(versions(taken)).toEqual(upTo(5 * RING + 1));
});

it('a subscriber that falls behind retention gets CURSOR_EXPIRED', async () => {
  const { subscriber, go, failure } = stopAndGo();
  (await feed.changes('local', LOGGED_CHANGES, here())).deliverTo(subscriber);
  await commit(ONE, 0);
  await commit(ONE, 1, 300); // more than the page it holds
  await pruneStep(pool, -1_000);
  go();
  await until(failure, (error) => error !== undefined);
  expect(failure()).toMatchObject({ code: 'CURSOR_EXPIRED', oldestCursor: here() });
  expect(feed.gauges.followers).toBe(0);
});

/** A subscriber of everything: begun after the others, it is told last. */
async function beginWitness(): Promise<readonly Change[]> {
  const taken: Change[] = [];
  const offer = (change: Change): boolean => taken.push(change) > 0;
  const take = (change: Change): Promise<void> => Promise.resolve(void taken.push(change));
  (await feed.changes('local', LOGGED_CHANGES, here())).deliverTo({ offer, take, end: () => undefined });
  return taken;
}

/**
 * Commits more changes of another file than the ring buffer holds, and prunes them all. A few at a time, each passed on
 * before the next: otherwise the ring buffer drops what was not delivered yet, and everybody reads the table.
 */
async function commitAndPruneOthers(first: number, witnessed: readonly Change[]): Promise<void> {
  const few = RING / 2;
  for (let at = first; at < first + 3 * RING; at += few) {
    await commit(OTHER, at, at + few - 1);
    await until(
      () => witnessed.at(-1)?.position,
      (position) => position === feed.head,
    );
  }
  await pruneStep(pool, -1_000);
}

it('a subscriber that waits for its own changes does not fall behind because of others, delivered or read', async () => {
  const delivered = stopAndGo();
  (await feed.changes('local', ofOne, here())).deliverTo(delivered.subscriber);
  delivered.go();
  const read = await feed.changes('local', ofOne, here());
  const witnessed = await beginWitness();
  for (const version of [0, 1, 2]) {
    const next = read.next();
    await commitAndPruneOthers(version * 1_000, witnessed);
    await commit(ONE, version);
    expect((await next).value).toMatchObject({ fileId: fileIdOf(ONE), version });
  }
  await hasTaken(delivered.taken, 3);
  expect(versions(delivered.taken)).toEqual([0, 1, 2]);
  await read.return();
});

it('nor does one with progress, whose cursor advances with the feed', async () => {
  const kinds = new Set(['TRANSITIONED', 'PROGRESSED'] as const);
  const stream = await feed.changes('local', { ...ofOne, kinds }, here());
  const witnessed = await beginWitness();
  for (const version of [1, 2, 3]) {
    const next = stream.next();
    await commitAndPruneOthers(version * 1_000, witnessed);
    feed.reportProgress('local', makeFile({ id: fileIdOf(ONE), version, bytesReceived: version }));
    expect((await next).value).toMatchObject({ kind: 'PROGRESSED', position: feed.head });
  }
  await stream.return();
});
