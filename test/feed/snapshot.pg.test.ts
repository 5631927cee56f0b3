// Snapshot, then tail, with the race between the two held still: changes that are sequenced before and after the snapshot
// is read come once each.
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FileSnapshot } from '../../src/entities/file-snapshot.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { FileNotFound } from '../../src/feed/snapshot.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { fileIdOf, insertChange, makeFile, startFeed } from '../support/feed.ts';
import { openPool } from '../support/pool.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let pool: pg.Pool;
let feed: Feed;
/** Reads the row, as each test defines it. */
let readFile: () => Promise<FileSnapshot | null>;
beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 4);
  feed = await startFeed(pool, database.url, { readFile: () => readFile(), pollMs: 10 });
});
afterEach(async () => {
  await feed.stop();
  await pool.end();
  await database.drop();
});

const FILE = 1;
const ID = fileIdOf(FILE);
const at = (version: number, fields: Partial<FileSnapshot> = {}) => makeFile({ ...fields, id: ID, version });

/** Commits versions of the file, and waits until they are in the ring. */
async function commit(version: number, last = version, fields: Partial<FileSnapshot> = {}): Promise<void> {
  const head = feed.head + last - version + 1;
  await insertChange(pool, FILE, version, last, fields);
  await until(
    () => feed.head,
    (now) => now === head,
  );
}

it('a change that comes while the snapshot is read is neither lost nor repeated', async () => {
  await commit(0);
  readFile = async () => {
    await commit(1, 2);
    const snapshot = at(2);
    await commit(3, 4);
    return snapshot;
  };
  const stream = await feed.file('local', ID);
  await commit(5);
  const versions: (number | undefined)[] = [];
  for (let taken = 0; taken < 4; taken += 1) versions.push((await stream.next()).value?.version);
  expect(versions).toEqual([2, 3, 4, 5]);
  await stream.return();
});

it('changes that a snapshot already includes do not follow it', async () => {
  await commit(0);
  readFile = () => Promise.resolve(at(2));
  const stream = await feed.file('local', ID);
  expect((await stream.next()).value).toMatchObject({ version: 2 });
  await commit(1, 3);
  expect((await stream.next()).value).toMatchObject({ version: 3 });
  await stream.return();
});

it('an upload that ends while its snapshot is read ends its stream', async () => {
  await commit(0);
  readFile = async () => {
    await commit(1, 1, { state: 'FAILED' });
    return at(0, { state: 'UNTRACKED' });
  };
  const seen: string[] = [];
  for await (const { state } of await feed.uploadProgress('local', ID)) seen.push(state);
  expect(seen.at(-1)).toBe('FAILED');
});

it('a file that does not exist has no stream, and leaves no follower', async () => {
  readFile = () => Promise.resolve(null);
  await expect(feed.file('local', ID)).rejects.toBeInstanceOf(FileNotFound);
  await expect(feed.uploadProgress('local', ID)).rejects.toBeInstanceOf(FileNotFound);
  expect(feed.gauges.followers).toBe(0);
});

it('every stream ends when the feed stops', async () => {
  await commit(0);
  readFile = () => Promise.resolve(at(0, { state: 'UNTRACKED' }));
  const streams = [await feed.file('local', ID), await feed.uploadProgress('local', ID)];
  for (const stream of streams) expect((await stream.next()).done).toBe(false);
  const ended = streams.map((stream) => stream.next());
  await feed.stop();
  expect(await Promise.all(ended)).toEqual(streams.map(() => ({ done: true, value: undefined })));
  expect(feed.gauges.followers).toBe(0);
});
