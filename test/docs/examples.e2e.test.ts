// The code that docs/frontend.md gives to users, through everything it promises to survive.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepLive } from '../../docs/examples/live-files.ts';
import { createLiveSocket } from '../../docs/examples/live-socket.ts';
import { createRandom } from '../support/random.ts';
import { newFile, transition } from '../support/client.ts';
import { readMetric } from '../support/http.ts';
import { deleteFile } from '../support/operations.ts';
import { type Replicas, startReplicas } from '../support/replicas.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { WATCHERS, type Watcher } from '../support/watchers.ts';
import { WITHOUT_POSITION } from '../../bench/transitions/positions.ts';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 31);

const portOf = (url: string): number => Number(new URL(url).port);

let replicas: Replicas;
let one: string;
let two: string;
/** Between the clients and the replicas. */
let proxy: TcpProxy;
let opened: Watcher[];

beforeEach(async () => {
  opened = [];
  replicas = await startReplicas();
  [one, two] = replicas.urls;
  proxy = await startTcpProxy(portOf(one));
});
afterEach(async () => {
  for (const watcher of opened) await watcher.stop();
  await proxy.close();
  await replicas.stop();
});

interface LoggedRow {
  readonly kind: string;
  readonly fileId: string;
  readonly version: number | null;
}

const readLog = (from: number): Promise<LoggedRow[]> =>
  replicas.database.query<LoggedRow & Record<string, unknown>>(
    `select kind, 'file_' || file_id as "fileId", case when kind <> 'DELETED' then version end as version
     from file_change join feed_position on log_id = id where position > $1 order by position`,
    [from],
  );

const head = async (): Promise<number> => {
  const [row] = await replicas.database.query<{ position: string }>(
    'select max(position) as position from feed_position',
  );
  return Number(row!.position);
};

const seenBy = ({ changes }: Watcher): LoggedRow[] =>
  changes.map(({ kind, fileId, file }) => ({ kind, fileId, version: file?.version ?? null }));

/** The list as shown is the list as stored. */
async function expectTrue({ files }: Watcher): Promise<void> {
  const stored = await replicas.database.query(
    `select 'file_' || id as id, name, state, version from file order by id`,
  );
  expect(files.map(({ id, name, state, version }) => ({ id, name, state, version })).toSorted(byId)).toEqual(stored);
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

async function begin(open: (url: string) => Watcher): Promise<Watcher> {
  await until(
    () => replicas.database.query(WITHOUT_POSITION),
    (waiting) => waiting.length === 0,
  );
  const watcher = open(`http://127.0.0.1:${proxy.port}`);
  opened.push(watcher);
  await until(
    () => watcher.readings,
    (readings) => readings === 1,
  );
  return watcher;
}

describe.each(Object.entries(WATCHERS))('%s', (_name, open) => {
  it('shows each change once, in order, through cut connections and a replica that ends', async () => {
    const random = createRandom(SEED);
    const files = [await newFile(one), await newFile(one)];
    const watcher = await begin(open);
    await expectTrue(watcher);
    const from = await head();
    for (let round = 0; round < 60; round += 1) {
      const url = round < 30 ? [one, two][round % 2]! : two;
      const id = await newFile(url);
      await transition(url, id, 'START_UPLOAD');
      if (random.below(4) === 0) await deleteFile(url, id);
      if (round === 30) {
        proxy.retarget(portOf(two));
        await replicas.instances[0]!.stop();
      } else if (random.below(8) === 0) {
        if (round < 30) proxy.retarget(portOf(random.pick([one, two])));
        proxy.cut();
      }
      await sleep(random.below(60));
    }
    await transition(two, files[0]!, 'START_UPLOAD');
    const log = await until(
      () => readLog(from),
      (rows) => rows.at(-1)?.fileId === files[0],
    );
    await until(
      () => watcher.changes.length,
      (length) => length >= log.length,
    );
    expect(seenBy(watcher), `seed ${SEED}`).toEqual(log);
    expect(watcher.readings, 'the list was read once only').toBe(1);
    await expectTrue(watcher);
  });

  it('reads the list again when its cursor has expired, and goes on from there', async () => {
    const [kept, gone] = [await newFile(one), await newFile(one)];
    const watcher = await begin(open);
    await proxy.refuse();
    await deleteFile(one, gone);
    await transition(one, kept, 'START_UPLOAD');
    await until(
      async () => (await readLog(0)).length,
      (length) => length === 4,
    );
    await replicas.database.query('update feed_head set trimmed = (select max(position) from feed_position)');
    const fresh = await replicas.add();
    proxy.retarget(portOf(fresh.url));
    await proxy.restore();
    await until(
      () => watcher.readings,
      (readings) => readings === 2,
    );
    await expectTrue(watcher);
    expect(watcher.files).toMatchObject([{ id: kept, state: 'UPLOADING', version: 1 }]);

    await transition(two, kept, 'COMPLETE_UPLOAD');
    await until(
      () => watcher.changes.length,
      (length) => length > 0,
    );
    expect(seenBy(watcher)).toEqual([{ kind: 'TRANSITIONED', fileId: kept, version: 2 }]);
    await expectTrue(watcher);
  });

  it('reads the list again when the feed has become another one', async () => {
    const watcher = await begin(open);
    await proxy.refuse();
    const id = await newFile(one);
    await replicas.database.query('update feed_head set feed_id = gen_random_uuid()');
    const fresh = await replicas.add();
    proxy.retarget(portOf(fresh.url));
    await proxy.restore();
    await until(
      () => watcher.readings,
      (readings) => readings === 2,
    );
    await transition(fresh.url, id, 'START_UPLOAD');
    await until(
      () => watcher.files,
      ([file]) => file?.version === 1,
    );
    await expectTrue(watcher);
  });
});

it('over WebSocket a connection that has gone silent is noticed, and nothing is missed', async () => {
  // An EventSource cannot: it has no ping of its own.
  const watchers = [begin(WATCHERS['urql']!), begin(WATCHERS['Apollo Client']!)];
  const both = await Promise.all(watchers);
  const sockets = (): Promise<number> => readMetric(one, 'waybill_websockets');
  await until(sockets, (count) => count === 2);
  proxy.swallow('toClient');
  const id = await newFile(one);
  // Two pings of the server, and whatever the machine is busy with.
  await until(sockets, (count) => count === 0, 50_000);
  await proxy.restore();
  for (const watcher of both) {
    await until(
      () => watcher.changes.length,
      (length) => length > 0,
    );
    expect(seenBy(watcher)).toEqual([{ kind: 'REGISTERED', fileId: id, version: 0 }]);
    expect(watcher.readings).toBe(1);
  }
});

it('over WebSocket a connection that never opens is given up', async () => {
  proxy.swallow('toServer');
  const socket = createLiveSocket(`http://127.0.0.1:${proxy.port}`);
  const answers = Array.fromAsync(socket.iterate({ query: 'subscription { fileChanges { cursor } }' }));
  // graphql-ws's code for what was terminated here, not by the server.
  await expect(answers).rejects.toMatchObject({ code: 4499 });
  await socket.dispose();
});

it('is over at once when it is stopped while it reads or shows the list', async () => {
  const snapshot = { feedCursor: 'here', files: { edges: [] } };
  const followed: string[] = [];
  const follow = (after: string): Promise<never> => {
    followed.push(after);
    return Promise.reject(new Error('not to be followed'));
  };
  const shown: number[] = [];
  const reading = Promise.withResolvers<typeof snapshot>();
  keepLive({ read: () => reading.promise, follow }, () => shown.push(1))();
  reading.resolve(snapshot);
  await sleep(0);
  const stop = keepLive({ read: () => Promise.resolve(snapshot), follow }, () => {
    shown.push(2);
    stop();
  });
  await sleep(0);
  expect({ shown, followed }).toEqual({ shown: [2], followed: [] });
});
