// The feed over several replicas: one order, cursors that work on all of them, each change read once by each replica, and
// nothing lost when LISTEN breaks.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Collector, collect, readCursor } from '../support/changes.ts';
import { newFile, transition } from '../support/client.ts';
import { makeChanges, newFiles } from '../support/cycles.ts';
import { get, readMetric } from '../support/http.ts';
import { reportProgress } from '../support/operations.ts';
import { type Replicas, startReplicas } from '../support/replicas.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

let replicas: Replicas;
let collectors: Collector[];
beforeEach(async () => {
  collectors = [];
  replicas = await startReplicas();
});
afterEach(async () => {
  for (const collector of collectors) await collector.stop();
  await replicas.stop();
});

function watch(url: string, after: string | null = null, filter: object | null = null): Collector {
  const collector = collect(url, after, filter);
  collectors.push(collector);
  return collector;
}

const seen = ({ seen: changes }: Collector, count: number): Promise<unknown> =>
  until(
    () => changes.length,
    (length) => length >= count,
  );

const cursorsOf = (collector: Collector): string[] => collector.seen.map(({ cursor }) => cursor);

it('subscribers of every replica see every change in the same order, with the same cursors', async () => {
  const [one, two] = replicas.urls;
  const after = await readCursor(one);
  const watchers = [watch(one, after), watch(two, after)];
  const ids = await Promise.all(Array.from({ length: 40 }, (_, at) => newFile(replicas.urls[at % 2]!)));
  await Promise.all(ids.map((id, at) => transition(replicas.urls[at % 2]!, id, 'START_UPLOAD')));
  await Promise.all(ids.map((id, at) => transition(replicas.urls[(at + 1) % 2]!, id, 'COMPLETE_UPLOAD')));
  for (const watcher of watchers) await seen(watcher, 120);
  expect(cursorsOf(watchers[1]!)).toEqual(cursorsOf(watchers[0]!));
  expect(new Set(cursorsOf(watchers[0]!)).size).toBe(120);
  for (const id of ids) {
    expect(watchers[0]!.seen.filter(({ fileId }) => fileId === id).map(({ version }) => version)).toEqual([0, 1, 2]);
  }
});

it('a cursor of one replica works at the other, also one that it has not read up to yet', async () => {
  const [one, two] = replicas.urls;
  const first = watch(one, await readCursor(one));
  for (let round = 0; round < 12; round += 1) {
    await newFile(one);
    await seen(first, 2 * round + 1);
    // At once: the other replica may not have read so far.
    const later = watch(two, first.seen[2 * round]!.cursor);
    await newFile(one);
    await seen(first, 2 * round + 2);
    await seen(later, 1);
    expect(later.seen).toEqual([first.seen[2 * round + 1]]);
    await later.stop();
  }
});

it('a subscriber that is far behind gets what is no longer in memory, and is live again', async () => {
  const [one, two] = replicas.urls;
  const after = await readCursor(one);
  const ids = await newFiles(one);
  const made = await makeChanges(one, ids, 9_000); // more than the ring buffer holds
  const live = watch(two);
  const late = watch(two, after);
  await seen(late, ids.length + made);
  await until(
    () => readMetric(two, 'waybill_feed_followers'),
    (followers) => followers === 2,
  );
  const last = await newFile(two);
  await seen(late, ids.length + made + 1);
  expect(late.seen.at(-1)?.fileId).toBe(last);
  // "Now" may have been before the end of what the others have written.
  await until(
    () => live.seen.at(-1),
    (change) => change?.fileId === last,
  );
  expect(late.seen.at(-1)).toEqual(live.seen.at(-1));
  expect(new Set(cursorsOf(late)).size).toBe(late.seen.length);
});

it('a replica reads each change once, whatever the number of its subscribers', async () => {
  const proxy = await startTcpProxy(replicas.database.url);
  const feedConnections = new Map<number, string>();
  proxy.inspect((chunk, direction, connection) => {
    // The first message of a connection names what it is for.
    if (chunk.includes('waybill-feed')) feedConnections.set(connection, '');
    const text = feedConnections.get(connection);
    if (direction === 'toClient' && text !== undefined)
      feedConnections.set(connection, text + chunk.toString('latin1'));
  });
  const watched = await replicas.add({ DATABASE_URL: proxy.urlThrough(replicas.database.url) });
  const after = await readCursor(watched.url);
  const watchers = Array.from({ length: 50 }, () => watch(watched.url, after));
  const ids = await Promise.all(Array.from({ length: 10 }, () => newFile(replicas.urls[0])));
  for (const watcher of watchers) await seen(watcher, ids.length);
  const attempts: string[] = [];
  for (const [at, id] of ids.entries()) {
    // Its own changes and those of another.
    const { transition: made } = await transition([watched.url, replicas.urls[0]][at % 2]!, id, 'START_UPLOAD');
    attempts.push(made!.attemptId.replace('attempt_', ''));
  }
  for (const { seen: changes } of watchers) {
    await until(
      () => changes.filter(({ version }) => version === 1).length,
      (count) => count === ids.length,
    );
  }
  const read = [...feedConnections.values()].join('');
  const times = attempts.map((attempt) => read.split(attempt).length - 1);
  expect(times.filter((_, at) => at % 2 === 1)).toEqual(Array.from({ length: ids.length / 2 }, () => 1));
  // Its own it knows, unless they got their positions after their commit.
  for (const own of times.filter((_, at) => at % 2 === 0)) expect(own).toBeLessThanOrEqual(1);
  await watched.stop();
  await proxy.close();
});

const listenConnections = async (): Promise<number[]> => {
  const rows = await replicas.database.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and application_name = 'waybill-listen'
     and query in ('listen waybill_webhooks', 'select 1')`,
  );
  return rows.map(({ pid }) => pid);
};

/** Waits until progress arrives, which it does by NOTIFY alone. */
async function untilNotified(url: string): Promise<void> {
  const [one] = replicas.urls;
  const id = await newFile(one, { size: 1_000_000 });
  await transition(one, id, 'START_UPLOAD');
  const watcher = watch(url, null, { kinds: ['PROGRESSED'], ids: [id] });
  let bytes = 0;
  await until(
    async () => {
      await reportProgress(one, id, (bytes += 1));
      return watcher.seen.length;
    },
    (count) => count > 0,
    60_000,
  );
}

it('changes arrive while LISTEN connections are killed again and again, and LISTEN reconnects', async () => {
  const [one, two] = replicas.urls;
  const watcher = watch(two, await readCursor(one));
  await until(listenConnections, ({ length }) => length === 2);
  const killed = new Set<number>();
  for (let change = 0; change < 30; change += 1) {
    for (const pid of await listenConnections()) {
      await replicas.database.query('select pg_terminate_backend($1)', [pid]);
      killed.add(pid);
    }
    await newFile(one);
  }
  await seen(watcher, 30);
  expect(new Set(cursorsOf(watcher)).size).toBe(30);
  expect(killed.size).toBeGreaterThanOrEqual(2);
  await untilNotified(two);
});

it('a LISTEN connection that goes silent in one direction is replaced', async () => {
  const [one] = replicas.urls;
  await until(listenConnections, ({ length }) => length === 2);
  const others = await listenConnections();
  const proxies: TcpProxy[] = [];
  const silenced: string[] = [];
  for (const direction of ['toClient', 'toServer'] as const) {
    const proxy = await startTcpProxy(replicas.database.url);
    const WAYBILL_DIRECT_DATABASE_URL = proxy.urlThrough(replicas.database.url);
    const { url } = await replicas.add({ WAYBILL_DIRECT_DATABASE_URL });
    silenced.push(url);
    await until(listenConnections, ({ length }) => length === 2 + silenced.length);
    proxy.swallow(direction);
    proxies.push(proxy);
  }
  const silent = (await listenConnections()).filter((pid) => !others.includes(pid));
  const watchers = await Promise.all(silenced.map(async (url) => watch(url, await readCursor(one))));
  await newFile(one);
  for (const watcher of watchers) await seen(watcher, 1);

  await until(
    async () => (await listenConnections()).filter((pid) => silent.includes(pid)),
    (left) => left.length === 0,
  );
  for (const proxy of proxies) await proxy.restore();
  for (const url of silenced) await untilNotified(url);
  await until(listenConnections, ({ length }) => length === 4);
  for (const proxy of proxies) await proxy.close();
});

const readiness = async (url: string): Promise<number> => (await get(url, '/readyz')).status;

it('a replica recovers and misses nothing after its database went silent and its connections broke', async () => {
  const [one] = replicas.urls;
  const proxy = await startTcpProxy(replicas.database.url);
  const silenced = await replicas.add({ DATABASE_URL: proxy.urlThrough(replicas.database.url) });
  const after = await readCursor(one);
  const watcher = watch(silenced.url, after);
  const other = watch(one, after);
  for (let change = 0; change < 5; change += 1) await newFile([one, silenced.url][change % 2]!);
  await seen(watcher, 5);

  proxy.swallow('toClient');
  let made = 5;
  await until(
    async () => {
      await newFile(one);
      made += 1;
      return await readiness(silenced.url);
    },
    (status) => status === 503,
  );
  expect(watcher.seen).toHaveLength(5);
  await seen(other, made); // other replicas do not wait for it
  await proxy.restore();
  proxy.cut();

  await seen(watcher, made);
  await until(
    () => readiness(silenced.url),
    (status) => status === 200,
  );
  await newFile(silenced.url);
  for (const each of [watcher, other]) await seen(each, made + 1);
  expect(watcher.seen).toEqual(other.seen);
  expect(new Set(cursorsOf(watcher)).size).toBe(made + 1);
  expect(watcher.failure).toBeUndefined();
  await silenced.stop();
  await proxy.close();
});
