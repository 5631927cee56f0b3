// Batches of a lifecycle that take turns with the sequencer of the feed beside it.
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ADVISORY_LOCKS } from '../../../src/db/advisory-locks.ts';
import type { Feed } from '../../../src/feed/feed.ts';
import { sequenceBatch } from '../../../src/feed/log/sequencer.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { insertChange, readAll, startFeed } from '../../support/feed.ts';
import { type Bench, PATIENT, bring, sendOne, sending, startLifecycle } from '../../support/lifecycle.ts';
import { openPool } from '../../support/pool.ts';
import { until } from '../../support/until.ts';

let database: TestDatabase;
let pool: pg.Pool;
let feed: Feed;
let bench: Bench;
beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 4);
  feed = await startFeed(pool, database.url, { pollMs: 600_000 });
  const own = { takeTurn: feed.takeTurn, onLogged: () => feed.wake(), limits: PATIENT };
  bench = await startLifecycle({ database, ...own });
});
afterEach(async () => {
  await bench.stop();
  await feed.stop();
  await pool.end();
  await database.drop();
});

const reaches = (head: number): Promise<unknown> =>
  until(
    () => feed.head,
    (position) => position === head,
  );

/** In the order of the feed, each version of the file once. */
async function expectVersions(fileId: string, versions: readonly number[]): Promise<void> {
  const all = await readAll(pool);
  expect(all.filter((each) => each.fileId === fileId).map(({ version }) => version)).toEqual(versions);
  expect(all.map(({ position }) => position)).toEqual(all.map((_, at) => at + 1));
}

it('a lone change is in the feed without a statement of its own, and its notification makes nobody read', async () => {
  const fileId = await bring(bench.lifecycle);
  await reaches(1);
  const [query, connect] = [vi.spyOn(pool, 'query'), vi.spyOn(pool, 'connect')];
  for (const event of ['START_UPLOAD', 'FAIL_UPLOAD', 'RETRY'] as const) {
    await sendOne(bench.lifecycle, sending(fileId, event));
    await reaches(feed.head + 1);
  }
  expect(feed.head).toBe(4);
  expect(query).not.toHaveBeenCalled();
  expect(connect).not.toHaveBeenCalled();
  expect(feed.gauges.sequenced).toBe(4);
  expect(feed.gauges.signals.changes).toBe(0);
  vi.restoreAllMocks();
  await expectVersions(fileId, [0, 1, 2, 3]);
});

it('a batch whose turn fails is committed without it', async () => {
  const fileId = await bring(bench.lifecycle);
  await reaches(1);
  await database.query(`create function refuse() returns trigger as $$ begin raise 'no'; end $$ language plpgsql`);
  await database.query('create trigger refuse before insert on feed_position execute function refuse()');
  expect(await sendOne(bench.lifecycle, sending(fileId, 'START_UPLOAD'))).toMatchObject({ outcome: 'transitioned' });
  expect(await sendOne(bench.lifecycle, sending(fileId, 'FAIL_UPLOAD'))).toMatchObject({ outcome: 'transitioned' });
  await database.query('drop trigger refuse on feed_position');
  await sendOne(bench.lifecycle, sending(fileId, 'RETRY'));
  await reaches(4);
  await expectVersions(fileId, [0, 1, 2, 3]);
});

it('changes for which no turn comes go to the sequencer, and later ones take turns again', async () => {
  const fileId = await bring(bench.lifecycle);
  await reaches(1);
  const other = await pool.connect();
  await other.query('begin');
  await other.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.sequencer]);
  await sendOne(bench.lifecycle, sending(fileId, 'START_UPLOAD'));
  expect(feed.head).toBe(1);
  await other.query('commit');
  other.release();
  await reaches(2);
  await sendOne(bench.lifecycle, sending(fileId, 'FAIL_UPLOAD'));
  await reaches(3);
  const connect = vi.spyOn(pool, 'connect');
  await sendOne(bench.lifecycle, sending(fileId, 'RETRY'));
  await reaches(4);
  expect(connect).not.toHaveBeenCalled();
  vi.restoreAllMocks();
  await expectVersions(fileId, [0, 1, 2, 3]);
});

it('a change of another replica is heard while the COMMIT of a turn hangs', async () => {
  const fileId = await bring(bench.lifecycle);
  await reaches(1);
  // The other replica has given a position, and commits when it is told to; until then our turn gets no lock.
  await insertChange(pool, 1, 0);
  const [held, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const sequenced = sequenceBatch(pool, { midSequence: () => (held.resolve(), goesOn.promise) });
  await held.promise;
  await database.query(`create function hang() returns trigger as $$
    begin perform pg_advisory_xact_lock(77); return null; end $$ language plpgsql`);
  await database.query(`create constraint trigger hang after insert on file_change
    deferrable initially deferred for each row execute function hang()`);
  const holder = await pool.connect();
  await holder.query('select pg_advisory_lock(77)');
  const answer = sendOne(bench.lifecycle, sending(fileId, 'START_UPLOAD'));
  // It is kept for a turn that is young, so this is soon.
  await sleep(10);
  goesOn.resolve();
  await sequenced;
  await reaches(2);
  await holder.query('select pg_advisory_unlock(77)');
  holder.release();
  expect(await answer).toMatchObject({ outcome: 'transitioned' });
  await reaches(3);
  await expectVersions(fileId, [0, 1]);
});

it('a crowd of batches beside the sequencer: every change once and in order, in this replica too', async () => {
  const fileIds = await Promise.all(Array.from({ length: 40 }, () => bring(bench.lifecycle)));
  const heard: string[] = [];
  const stream = await feed.follow(
    { tenant: 'local', filter: { ids: null, states: null, follow: false, kinds: new Set(['TRANSITIONED']) } },
    feed.place,
  );
  const reading = (async () => {
    for await (const { fileId, version } of stream) if (heard.push(`${fileId} ${version}`) === 40 * 30) return;
  })();
  await Promise.all(
    fileIds.map(async (fileId) => {
      for (let round = 0; round < 10; round += 1) {
        for (const event of ['START_UPLOAD', 'FAIL_UPLOAD', 'RETRY'] as const) {
          await sendOne(bench.lifecycle, sending(fileId, event));
        }
      }
    }),
  );
  await reading;
  for (const fileId of fileIds)
    await expectVersions(
      fileId,
      Array.from({ length: 31 }, (_, at) => at),
    );
  const read = (await readAll(pool)).filter(({ kind }) => kind === 'TRANSITIONED');
  expect(heard).toEqual(read.map(({ fileId, version }) => `${fileId} ${version}`));
});
