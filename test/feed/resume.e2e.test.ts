// Resuming after a cursor: exactly the later changes, from memory or from the table, on this replica or another one; and
// filters, which select and never reorder.
import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOGGED_CHANGES } from '../../src/feed/change.ts';
import { encodeCursor } from '../../src/feed/cursor.ts';
import {
  type Change,
  type ChangesVariables,
  followChanges,
  followChangesBySse,
  transitionTimes,
  transitionTogether,
} from '../support/watched-changes.ts';
import { connect, newFile, request, transition } from '../support/client.ts';
import { readMetric } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { deleteFile, reportProgress } from '../support/operations.ts';
import { startFeed } from '../support/feed.ts';
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
  await transitionTimes(url, one, 3);
  await transition(url, two, 'START_UPLOAD');
  await reportProgress(url, two, 10);
  await transition(url, two, 'FAIL_UPLOAD');
  await deleteFile(url, gone);
  await transitionTogether(url, await Promise.all(Array.from({ length: 9 }, () => newFile(url))), 99);
  history = await collect(client, { after: start }, 3 + 3 + 2 + 1 + 900);
});
afterAll(async () => {
  await client.dispose();
  await waybill.stop();
});

async function collect(from: Client, variables: ChangesVariables, count: number): Promise<readonly Change[]> {
  const stream = followChanges(from, variables);
  const changes = [...(await stream.take(count))];
  await stream.stop();
  return changes;
}

describe('after a cursor', () => {
  it('exactly the later changes come, from any cursor', async () => {
    expect(history).toHaveLength(909);
    for (const at of [0, 1, 199, 200, 201, 500, 907]) {
      const rest = await collect(client, { after: history[at]!.cursor }, history.length - at - 1);
      expect(rest, `after number ${at}`).toEqual(history.slice(at + 1));
    }
  });

  it('the later changes come on another replica, which has none of them in memory, and then new ones', async () => {
    const other = await startInstance({ database: waybill.database });
    const there = connect(other.url);
    expect(await readMetric(other.url, 'waybill_feed_ring_depth')).toBe(0);
    const stream = followChanges(there, { after: start });
    const bySse = followChangesBySse(other.url, { after: history[400]!.cursor });
    await stream.take(1);
    const id = await newFile(url);
    await transitionTimes(url, id, 5);
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

  it('the later changes come with a tiny ring buffer and a slow reader', async () => {
    const pool = openPool(waybill.database.url, 4);
    const feed = await startFeed(pool, waybill.database.url, { ringCapacity: 8, pollMs: 10 });
    const stream = await feed.changes('local', LOGGED_CHANGES, start);
    const seen: string[] = [];
    const [moving] = [transitionTimes(url, await newFile(url), 60)];
    const expected = history.length + 61;
    for await (const { kind, position } of stream) {
      seen.push(`${kind} ${position}`);
      // Near the end as fast as the writer: again and again just inside the ring buffer, and just out of it.
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
    ['of another feed', () => encodeCursor('018f0000-0000-7000-8000-000000000000', { position: 1, fingerprint: 1 })],
    ['from the future, of the release before', () => Buffer.from(`${feedOf(start)}:1000000`).toString('base64url')],
    ['with NUL in it', () => 'a\0b'],
  ])('%s', async (_case, make) => {
    await expect(followChanges(client, { after: make() }).ended).rejects.toThrow('INVALID_CURSOR');
    await expect(followChangesBySse(url, { after: make() }).ended).rejects.toThrow('INVALID_CURSOR');
  });

  it('and CURSOR_EXPIRED when the log no longer reaches back to it, with the oldest cursor that works', async () => {
    const trimmed = 5;
    await waybill.database.query(`update feed_head set trimmed = ${trimmed}`);
    try {
      const { ended } = followChanges(client, { after: start });
      await expect(ended).rejects.toThrow('CURSOR_EXPIRED');
      const oldestCursor = history[trimmed - 1]!.cursor;
      await expect(ended).rejects.toMatchObject({ errors: [{ extensions: { oldestCursor } }] });
      const rest = await collect(client, { after: oldestCursor }, 3);
      expect(rest.slice(0, 3)).toEqual(history.slice(trimmed, trimmed + 3));
    } finally {
      await waybill.database.query('update feed_head set trimmed = 0');
    }
  });
});
