// Many subscribers of one operation over real sockets: they share its execution, but not their ids, variables or pace. One
// that stops reading, leaves or sends other variables changes nothing for the others.
import { once } from 'node:events';
import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connect, newFile, request } from '../support/client.ts';
import { Collector, overSocket, overSse } from '../support/collect.ts';
import { makeChanges, newFiles } from '../support/cycles.ts';
import { readMetric } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { silentSocket } from '../support/silent-client.ts';
import { until } from '../support/until.ts';
import { transitionTimes } from '../support/watched-changes.ts';

let waybill: Instance;
let url: string;
let clients: Client[];
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
  clients = Array.from({ length: 3 }, () => connect(url));
});
afterAll(async () => {
  for (const client of clients) await client.dispose();
  await waybill.stop();
});

interface Data {
  readonly fileChanges: Record<string, unknown>;
}

const followed = (count: number): Promise<number> =>
  until(
    () => readMetric(url, 'waybill_feed_followers'),
    (followers) => followers === count,
  );

async function stopAll(streams: readonly Collector<unknown>[]): Promise<void> {
  await Promise.all(streams.map((stream) => stream.stop()));
  await followed(0);
}

/** With the history of the file, which takes a query for each change, so that executions are asynchronous. */
const WITH_HISTORY = `subscription ($ids: [ID!], $last: Int = 1) { fileChanges(filter: {ids: $ids, kinds: [TRANSITIONED]}) {
  ... on FileTransitioned { moved: transition { version } file { ...F } }
} } fragment F on File { version transitions(last: $last) { edges { node { version } } } }`;

it.each(['{ ...T } fragment T on Subscription', ''])(
  'all receive the same, over WebSocket and SSE, with aliases and fragments (%s)',
  async (prefix) => {
    const fields = `{ c: fileChanges { at: cursor ...K } } fragment K on FileChange { kind fileId
      ... on FileTransitioned { transition { version } } }`;
    const query = `subscription ${prefix} ${fields}`;
    type Aliased = { readonly c: Record<string, unknown> };
    const streams = [
      ...clients.map((client) => new Collector(overSocket<Aliased>(client, query))),
      new Collector(overSse<Aliased>(url, query)),
      new Collector(overSse<Aliased>(url, query)),
    ];
    await followed(streams.length);
    const id = await newFile(url);
    await transitionTimes(url, id, 8);
    for (const stream of streams) await stream.take(9);
    for (const { items } of streams) expect(items).toEqual(streams[0]!.items);
    expect(streams[0]!.items.map(({ c }) => c['transition'])).toEqual([
      undefined,
      ...Array.from({ length: 8 }, (_, at) => ({ version: at + 1 })),
    ]);
    await stopAll(streams);
  },
);

it('executions that query the database keep the order, and each subscriber its variables', async () => {
  const ids = [await newFile(url), await newFile(url)];
  const watch = (client: Client, variables: Record<string, unknown>): Collector<Data> =>
    new Collector(overSocket<Data>(client, WITH_HISTORY, variables));
  const streams = clients.flatMap((client) => [watch(client, { ids }), watch(client, { ids, last: 3 })]);
  const narrow = watch(clients[0]!, { ids: [ids[0]], last: 3 });
  await followed(streams.length + 1);
  await Promise.all(ids.map((id) => transitionTimes(url, id, 20)));
  for (const stream of streams) await stream.take(40);
  await narrow.take(20);
  const historyOf = ({ fileChanges }: Data): number[] => {
    const file = fileChanges['file'] as { transitions: { edges: { node: { version: number } }[] } };
    return file.transitions.edges.map(({ node }) => node.version);
  };
  const versionOf = ({ fileChanges }: Data): number => (fileChanges['moved'] as { version: number }).version;
  for (const [at, { items }] of streams.entries()) {
    expect(items.map(versionOf)).toEqual(streams[0]!.items.map(versionOf));
    for (const item of items) {
      const upTo = versionOf(item);
      const last = at % 2 === 0 ? 1 : 3;
      expect(historyOf(item)).toEqual(Array.from({ length: upTo }, (_, past) => past + 1).slice(-last));
    }
  }
  expect(narrow.items.map(versionOf)).toEqual(Array.from({ length: 20 }, (_, past) => past + 1));
  await stopAll([...streams, narrow]);
});

it('a subscriber that leaves, or stops reading and goes on later, delays no other and misses nothing', async () => {
  const copies = Array.from({ length: 20 }, (_, at) => `copy${at}: file { metadata }`).join(' ');
  const query = `subscription { fileChanges(filter: {kinds: [TRANSITIONED]}) { cursor
    ... on FileTransitioned { ${copies} } } }`;
  const files = await newFiles(url, 1_000, 50);
  const { feedCursor } = await request<{ feedCursor: string }>(url, '{ feedCursor }');
  const silent = await silentSocket(url, query);
  const [leaving, ...others] = clients.map((client) => new Collector(overSocket<Data>(client, query)));
  await followed(4);
  const first = await makeChanges(url, files, 200);
  await leaving!.take(first);
  await leaving!.stop();
  const made = first + (await makeChanges(url, files, 1_000));
  for (const other of others) await other.take(made);
  expect(silent.received).toBeLessThan(made);
  silent.resume();
  await until(
    () => silent.received,
    (received) => received >= made,
  );
  const last = await makeChanges(url, files, 200);
  await until(
    () => silent.received,
    (received) => received === made + last,
  );
  for (const other of others) await other.take(made + last);
  expect(leaving!.items).toHaveLength(first);
  const cursors = others[0]!.items.map(({ fileChanges }) => fileChanges['cursor']);
  expect(new Set(cursors).size).toBe(made + last);
  expect(others[1]!.items.map(({ fileChanges }) => fileChanges['cursor'])).toEqual(cursors);
  expect(cursors).not.toContain(feedCursor);
  expect(silent.errors).toEqual([]);
  silent.leave();
  await stopAll(others);
});

it('messages carry the id that the client gave to its subscription, whatever it is', async () => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  const ids = ['"quoted" \\', 'ünïcödé ✓', 'x'.repeat(200), 'y'.repeat(256)];
  const received: string[] = [];
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as { type: string; id: string; payload: { data: Data } };
    if (message.type === 'next') received.push(`${message.id} ${String(message.payload.data.fileChanges['fileId'])}`);
  });
  socket.send('{"type":"connection_init"}');
  const payload = { query: 'subscription { fileChanges(filter: {kinds: [TRANSITIONED]}) { fileId } }' };
  await once(socket, 'message');
  for (const id of ids) socket.send(JSON.stringify({ id, type: 'subscribe', payload }));
  await followed(ids.length);
  const file = await newFile(url);
  await transitionTimes(url, file, 1);
  await until(
    () => received.length,
    (length) => length === ids.length,
  );
  expect(received.toSorted()).toEqual(ids.map((id) => `${id} ${file}`).toSorted());
  socket.close();
  await followed(0);
});
