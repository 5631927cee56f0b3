// Coming back with a cursor: exactly the rest, from memory or from the table, on this replica or another one; and
// filters, which choose and never reorder.
import { randomUUID } from 'node:crypto';
import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOGGED_CHANGES } from '../../src/feed/change.ts';
import { encodeCursor } from '../../src/feed/cursor.ts';
import { Feed } from '../../src/feed/feed.ts';
import { createLogger } from '../../src/log.ts';
import {
  type Change,
  type ChangesAsked,
  followChanges,
  followChangesBySse,
  moveOn,
  moveTogether,
} from '../support/watched-changes.ts';
import { connect, newFile, request, transition } from '../support/client.ts';
import { readMetric } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { deleteFile, reportProgress } from '../support/operations.ts';
import { openPool } from '../support/pool.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
let url: string;
let client: Client;
let start: string;
/** Everything logged, in feed order: three files through their lives, one of them deleted, and 900 changes of others. */
let history: readonly Change[];
let ids: string[];
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
  client = connect(url);
  start = (await request<{ feedCursor: string }>(url, '{ feedCursor }')).feedCursor;
  ids = [await newFile(url), await newFile(url), await newFile(url)];
  const [one = '', two = '', gone = ''] = ids;
  await moveOn(url, one, 3);
  await transition(url, two, 'START_UPLOAD');
  await reportProgress(url, two, 10);
  await transition(url, two, 'FAIL_UPLOAD');
  await deleteFile(url, gone);
  await moveTogether(url, await Promise.all(Array.from({ length: 9 }, () => newFile(url))), 99);
  history = await collect(client, { after: start }, 3 + 3 + 2 + 1 + 900);
});
afterAll(async () => {
  await client.dispose();
  await waybill.stop();
});

async function collect(from: Client, asked: ChangesAsked, count: number): Promise<readonly Change[]> {
  const stream = followChanges(from, asked);
  const changes = [...(await stream.take(count))];
  await stream.stop();
  return changes;
}

describe('after a cursor', () => {
  it('comes exactly the rest, wherever it is', async () => {
    expect(history).toHaveLength(909);
    for (const at of [0, 1, 199, 200, 201, 500, 907]) {
      const rest = await collect(client, { after: history[at]!.cursor }, history.length - at - 1);
      expect(rest, `after number ${at}`).toEqual(history.slice(at + 1));
    }
  });

  it('comes the rest on another replica, which has none of it in memory, and then what is new', async () => {
    const other = await startInstance({ database: waybill.database });
    const there = connect(other.url);
    expect(await readMetric(other.url, 'waybill_feed_ring_depth')).toBe(0);
    const stream = followChanges(there, { after: start });
    const bySse = followChangesBySse(other.url, { after: history[400]!.cursor });
    await stream.take(1);
    const id = await newFile(url);
    await moveOn(url, id, 5);
    await stream.take(history.length + 6);
    await bySse.take(history.length - 401 + 6);
    await Promise.all([stream.stop(), bySse.stop()]);
    expect(stream.items.slice(0, history.length)).toEqual(history);
    expect(stream.items.slice(history.length).map(({ fileId, file }) => [fileId, file?.version])).toEqual(
      [0, 1, 2, 3, 4, 5].map((version) => [id, version]),
    );
    expect(bySse.items).toEqual(stream.items.slice(401));
    await there.dispose();
    await other.stop();
  });

  it('comes the rest however small the memory and however slow the reader', async () => {
    const pool = openPool(waybill.database.url, 4);
    const feed = await Feed.start({
      pool,
      log: createLogger('silent'),
      now: () => performance.now(),
      readFile: () => Promise.resolve(null),
      ringCapacity: 8,
      listenUrl: waybill.database.url,
      replicaId: randomUUID(),
      retentionMs: 864e5,
      pollMs: 10,
    });
    const stream = await feed.changes('local', LOGGED_CHANGES, start);
    const seen: string[] = [];
    const [moving] = [moveOn(url, await newFile(url), 60)];
    const expected = history.length + 61;
    for await (const { kind, position } of stream) {
      seen.push(`${kind} ${position}`);
      // In step with the writer near the end: over and over just inside the ring, and just out of it.
      if (seen.length > history.length && seen.length % 5 === 0) {
        const at = performance.now();
        await until(
          () => performance.now() - at,
          (waited) => waited > 20,
        );
      }
      if (seen.length === expected) break;
    }
    await moving;
    await feed.stop();
    await pool.end();
    const all = await collect(client, { after: start }, expected);
    expect(seen.map((line) => line.split(' ')[0])).toEqual(all.slice(0, expected).map(({ kind }) => kind));
    const positions = seen.map((line) => Number(line.split(' ')[1]));
    expect(positions).toEqual(positions.map((_, at) => positions[0]! + at));
  });
});

describe('a cursor is INVALID_CURSOR', () => {
  const feedOf = (cursor: string): string => Buffer.from(cursor, 'base64url').toString().split(':')[0] ?? '';

  it.each([
    ['that is empty', () => ''],
    ['that is garbage', () => 'garbage'],
    ['of a list', () => Buffer.from('v1').toString('base64url')],
    ['of another feed', () => encodeCursor('018f0000-0000-7000-8000-000000000000', 1)],
    ['from the future', () => encodeCursor(feedOf(start), 1_000_000)],
    ['with NUL in it', () => 'a\0b'],
  ])('%s', async (_case, make) => {
    await expect(followChanges(client, { after: make() }).ended).rejects.toThrow('INVALID_CURSOR');
    await expect(followChangesBySse(url, { after: make() }).ended).rejects.toThrow('INVALID_CURSOR');
  });

  it('and CURSOR_EXPIRED when the log no longer reaches back to it, with the oldest that it does', async () => {
    const cut = 5;
    await waybill.database.query(`update feed_head set trimmed = ${cut}`);
    try {
      const { ended } = followChanges(client, { after: start });
      await expect(ended).rejects.toThrow('CURSOR_EXPIRED');
      const oldestCursor = history[cut - 1]!.cursor;
      await expect(ended).rejects.toMatchObject({ errors: [{ extensions: { oldestCursor } }] });
      const rest = await collect(client, { after: oldestCursor }, 3);
      expect(rest.slice(0, 3)).toEqual(history.slice(cut, cut + 3));
    } finally {
      await waybill.database.query('update feed_head set trimmed = 0');
    }
  });
});

describe('a filter', () => {
  /** What of the history a filter chooses, and what a subscription with it gets. */
  async function compare(asked: NonNullable<ChangesAsked['filter']>, chosen: (change: Change) => boolean) {
    const expected = history.filter(chosen);
    expect(expected.length).toBeGreaterThan(0);
    const got = await collect(client, { filter: asked, after: start }, expected.length);
    expect(got.slice(0, expected.length)).toEqual(expected);
  }

  it('by ids', async () => {
    const chosen = ids.slice(0, 2);
    await compare({ ids: chosen }, ({ fileId }) => chosen.includes(fileId));
  });

  it('by the state after the change', async () => {
    await compare({ states: ['FAILED'] }, ({ file }) => file?.state === 'FAILED');
    await compare({ states: ['PROCESSING', 'INDEXED'] }, ({ file }) =>
      ['PROCESSING', 'INDEXED'].includes(file?.state ?? ''),
    );
  });

  it('by kinds', async () => {
    await compare({ kinds: ['REGISTERED', 'DELETED'] }, ({ kind }) => kind !== 'TRANSITIONED');
    await compare({ kinds: ['DELETED'] }, ({ kind }) => kind === 'DELETED');
  });

  it('by all of them: every part must hold', async () => {
    const [one = ''] = ids;
    await compare(
      { ids, states: ['UPLOADING'], kinds: ['TRANSITIONED'] },
      ({ fileId, file }) => ids.includes(fileId) && file?.state === 'UPLOADING',
    );
    await compare({ ids: [one], kinds: ['REGISTERED'] }, ({ fileId, kind }) => fileId === one && kind === 'REGISTERED');
  });

  it('that names nothing gets nothing, one that is absent all but PROGRESSED', async () => {
    const id = await newFile(url);
    const none = [{ ids: [] }, { states: [] }, { kinds: [] }].map((filter) =>
      followChanges(client, { filter, after: start }),
    );
    const all = followChanges(client, { filter: { ids: [id] } });
    const progress = followChanges(client, { filter: { ids: [id], kinds: ['PROGRESSED'] } });
    const everything = followChanges(client, {
      filter: { ids: [id], kinds: ['REGISTERED', 'TRANSITIONED', 'PROGRESSED', 'DELETED'] },
    });
    await until(
      () => readMetric(url, 'waybill_feed_followers'),
      (followers) => followers >= 6,
    );
    await transition(url, id, 'START_UPLOAD');
    await until(
      () => everything.items.at(-1)?.kind,
      (kind) => kind === 'TRANSITIONED',
    );
    await reportProgress(url, id, 7);
    await progress.take(1);
    await deleteFile(url, id);
    const deleted = ({ items }: { items: Change[] }): Promise<unknown> =>
      until(
        () => items.at(-1)?.kind,
        (kind) => kind === 'DELETED',
      );
    await Promise.all([deleted(all), deleted(everything)]);
    const streams = [...none, all, progress, everything];
    await Promise.all(streams.map((stream) => stream.stop()));
    const kindsOf = ({ items }: { items: Change[] }) =>
      items.map(({ kind }) => kind).filter((kind) => kind !== 'REGISTERED');
    expect(streams.map(kindsOf)).toEqual([
      [],
      [],
      [],
      ['TRANSITIONED', 'DELETED'],
      ['PROGRESSED'],
      ['TRANSITIONED', 'PROGRESSED', 'DELETED'],
    ]);
    expect(progress.items).toMatchObject([{ fileId: id, progress: { bytesReceived: 7 } }]);
    // Progress has no place of its own: going on from its cursor repeats nothing.
    const [moved, reported, last] = everything.items.filter(({ kind }) => kind !== 'REGISTERED');
    expect(reported?.cursor).toBe(moved?.cursor);
    expect(await collect(client, { filter: { ids: [id] }, after: reported!.cursor }, 1)).toEqual([last]);
  });
});
