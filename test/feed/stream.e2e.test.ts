// Under concurrent writers: every change once, in one order for all subscribers, each file in the order of its versions,
// and the file in each message as of its change.
import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Change,
  followChanges,
  followChangesBySse,
  transitionTimes,
  transitionTogether,
} from '../support/watched-changes.ts';
import { connect, newFile, request, subscribe } from '../support/client.ts';
import { Collector, overSocket } from '../support/collect.ts';
import { readMetric } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { deleteFile } from '../support/operations.ts';
import { until } from '../support/until.ts';

let waybill: Instance;
let url: string;
let client: Client;
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
  client = connect(url);
});
afterAll(async () => {
  await client.dispose();
  await waybill.stop();
});

const upTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);

const register = (count: number): Promise<string[]> => Promise.all(Array.from({ length: count }, () => newFile(url)));

const FOLLOWERS = 'waybill_feed_followers';

async function whenFollowed(followers: number): Promise<void> {
  await until(
    () => readMetric(url, FOLLOWERS),
    (count) => count === followers,
  );
}

const toLine = ({ fileId, transition }: Change): string => `${fileId} ${transition?.version}`;

it('2,000 concurrent transitions, single and in bulk, reach every subscriber once and in order', async () => {
  const FILES = 100;
  const TRANSITIONS = 20;
  const ids = await register(FILES);
  const [followed = ''] = ids;
  const kinds = ['TRANSITIONED'];
  const socket = followChanges(client, { filter: { kinds } });
  const events = followChangesBySse(url, { filter: { kinds } });
  const one = followChanges(client, { filter: { kinds, ids: [followed] } });
  await whenFollowed(3);

  const half = FILES / 2;
  const singles = ids.slice(0, half).map((id) => transitionTimes(url, id, TRANSITIONS));
  const bulks = [ids.slice(half, half + 20), ids.slice(half + 20)].map((some) =>
    transitionTogether(url, some, TRANSITIONS),
  );
  await Promise.all([...singles, ...bulks]);

  const all = await socket.take(FILES * TRANSITIONS);
  await events.take(FILES * TRANSITIONS);
  await one.take(TRANSITIONS);
  await Promise.all([socket.stop(), events.stop(), one.stop()]);
  expect(all).toHaveLength(FILES * TRANSITIONS);
  expect(new Set(all.map(({ cursor }) => cursor)).size, 'cursors').toBe(FILES * TRANSITIONS);
  const byFile = Map.groupBy(all, ({ fileId }) => fileId);
  for (const id of ids) expect(byFile.get(id)?.map((each) => each.transition?.version)).toEqual(upTo(TRANSITIONS));
  const torn = all.filter((each) => {
    return each.file?.version !== each.transition?.version || each.file?.state !== each.transition?.to;
  });
  expect(torn, 'files not as of their change').toEqual([]);
  expect(events.items.map(toLine), 'over SSE').toEqual(all.map(toLine));
  expect(one.items.map(toLine)).toEqual(upTo(TRANSITIONS).map((version) => `${followed} ${version}`));
});

it('`file` begins with the file as it is and misses nothing, whenever it begins', async () => {
  const ROUNDS = 36;
  const TRANSITIONS = 8;
  const query = 'subscription ($id: ID!) { file(id: $id) { version state } }';
  const watch = async (round: number): Promise<number[]> => {
    const id = await newFile(url);
    // Subscribed before, during and after the transitions, in turn; the two race each time.
    const first = round % (TRANSITIONS + 1);
    await transitionTimes(url, id, first);
    const moving = transitionTimes(url, id, TRANSITIONS - first, first);
    const seen: number[] = [];
    for await (const { file } of subscribe<{ file: { version: number } }>(client, query, { id })) {
      seen.push(file.version);
      if (file.version === TRANSITIONS) break;
    }
    await moving;
    return seen;
  };
  for (let round = 0; round < ROUNDS; round += 12) {
    const rounds = await Promise.all(Array.from({ length: 12 }, (_, at) => watch(round + at)));
    for (const seen of rounds)
      expect(seen).toEqual(
        upTo(TRANSITIONS)
          .concat(0)
          .toSorted((a, b) => a - b)
          .slice(seen[0]),
      );
  }
});

it('`file` ends when the file is deleted, and is FILE_NOT_FOUND after that', async () => {
  const id = await newFile(url);
  const query = 'subscription ($id: ID!) { file(id: $id) { version } }';
  await whenFollowed(0); // nobody of before is counted
  const stream = new Collector(overSocket(client, query, { id }));
  const changes = followChanges(client, { filter: { ids: [id] } });
  await stream.take(1);
  await whenFollowed(2);
  await transitionTimes(url, id, 1);
  expect(await deleteFile(url, id)).toMatchObject({ id });
  await stream.ended;
  expect(stream.items).toEqual([{ file: { version: 0 } }, { file: { version: 1 } }]);
  await until(
    () => changes.items.at(-1)?.kind,
    (kind) => kind === 'DELETED',
  );
  expect(changes.items.map(({ kind }) => kind).slice(-2)).toEqual(['TRANSITIONED', 'DELETED']);
  await changes.stop();
  await expect(subscribe(client, query, { id }).next()).rejects.toThrow('FILE_NOT_FOUND');
});

it('feedCursor, then the list, then the changes after it make a live and complete list', async () => {
  interface Listed {
    readonly id: string;
    readonly version: number;
    readonly state: string;
  }
  const list = `query ($name: String!) { feedCursor
    files(first: 1000, filter: {nameContains: $name}) { edges { node { id version state } } } }`;
  type Data = { feedCursor: string; files: { edges: { node: Listed }[] } };
  const read = async () => {
    const { feedCursor, files } = await request<Data>(url, list, { name: 'live list' });
    return { feedCursor, shown: new Map(files.edges.map(({ node }) => [node.id, node])) };
  };

  const enough = new AbortController();
  const work = async (): Promise<number> => {
    let deleted = 0;
    for (let at = 0; !enough.signal.aborted; at += 1) {
      const id = await newFile(url, { name: 'live list' });
      await transitionTimes(url, id, at % 5);
      if (at % 3 > 0) continue;
      await deleteFile(url, id);
      deleted += 1;
    }
    return deleted;
  };
  const working = Array.from({ length: 6 }, work);
  const warm = followChanges(client);
  await warm.take(50);
  await warm.stop();

  const { feedCursor, shown } = await read();
  const begun = shown.size;
  const live = followChanges(client, { after: feedCursor });
  await live.take(200);
  enough.abort();
  const deleted = (await Promise.all(working)).reduce((sum, each) => sum + each, 0);
  expect(deleted).toBeGreaterThan(0);

  const mark = await newFile(url, { name: 'the mark' });
  await until(
    () => live.items.some(({ fileId }) => fileId === mark),
    (come) => come,
  );
  for (const { kind, fileId, file } of live.items) {
    if (fileId === mark) continue;
    if (kind === 'DELETED') shown.delete(fileId);
    else if (file && file.version > (shown.get(fileId)?.version ?? -1)) shown.set(fileId, file);
  }
  expect(shown).toEqual((await read()).shown);
  expect(shown.size).toBeGreaterThan(begun);
  await live.stop();
});
