// Live lists, files and counts of the client on a real server and a network that fails.
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Waybill, createWaybill } from '../../packages/client/src/client.ts';
import { READ_FILES } from '../../packages/client/src/generated/documents.ts';
import type { FilesSnapshot, LiveFiles } from '../../packages/client/src/live/files.ts';
import type { LiveStatus } from '../../packages/client/src/live/store.ts';
import { newFile, transition } from '../support/client.ts';
import { deleteFile } from '../support/operations.ts';
import { type Replicas, startReplicas } from '../support/replicas.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

let replicas: Replicas;
let url: string;
let proxy: TcpProxy;
let client: Waybill;

beforeAll(async () => {
  replicas = await startReplicas();
  [url] = replicas.urls;
});
afterAll(() => replicas.stop());
beforeEach(async () => {
  proxy = await startTcpProxy(url);
  client = createWaybill({ url: proxy.urlThrough(url) });
});
afterEach(async () => {
  client.close();
  await proxy.close();
});

interface Watched {
  readonly list: LiveFiles;
  readonly shown: FilesSnapshot[];
}

/** A list of the files whose metadata have this `of`, once it is live. */
async function watch(of: string, more: Parameters<Waybill['live']['files']>[1] = {}): Promise<Watched> {
  const list = client.live.files({ metadata: { of } }, more);
  const shown: FilesSnapshot[] = [];
  list.subscribe(() => shown.push(list.getSnapshot()));
  await untilStatus(list, 'live');
  return { list, shown };
}

const untilStatus = (list: { getSnapshot(): { status: LiveStatus } }, wanted: LiveStatus): Promise<LiveStatus> =>
  until(
    () => list.getSnapshot().status,
    (status) => status === wanted,
    60_000,
  );

const untilNames = (list: LiveFiles, ...names: string[]): Promise<string[]> =>
  until(
    () => list.getSnapshot().files.map(({ name }) => name),
    (shown) => JSON.stringify(shown) === JSON.stringify(names),
  );

const add = (name: string, of: string): Promise<string> => newFile(url, { name, metadata: { of } });

describe('a list', () => {
  it('shows each change, newest first, in a snapshot that stays the same object in between', async () => {
    await add('a', 'basics');
    const { list, shown } = await watch('basics');
    await untilNames(list, 'a');
    const before = list.getSnapshot();
    expect(list.getSnapshot()).toBe(before);
    expect(before.since).toBeInstanceOf(Date);
    const id = await add('b', 'basics');
    await untilNames(list, 'b', 'a');
    await transition(url, id, 'START_UPLOAD');
    await until(
      () => list.getSnapshot().files[0]?.state,
      (state) => state === 'UPLOADING',
    );
    await deleteFile(url, id);
    await untilNames(list, 'a');
    expect(list.getSnapshot()).not.toBe(before);
    expect(
      before.files.map(({ name }) => name),
      'what was shown is not changed',
    ).toEqual(['a']);
    expect(new Set(shown).size, 'no notification without a change').toBe(shown.length);
  });

  it('goes on after its cursor when connections are cut, and says so meanwhile', async () => {
    const { list, shown } = await watch('cuts');
    const since = list.getSnapshot().since;
    shown.length = 0;
    await proxy.refuse();
    await untilStatus(list, 'reconnecting');
    await add('missed', 'cuts');
    expect(list.getSnapshot()).toMatchObject({ files: [], error: { code: 'NETWORK' } });
    await proxy.restore();
    await untilNames(list, 'missed');
    await untilStatus(list, 'live');
    expect(list.getSnapshot().error).toBeUndefined();
    expect(list.getSnapshot().since.getTime()).toBeGreaterThan(since.getTime());
    expect(shown.map(({ status }) => status)).not.toContain('loading');
  });

  it('notices a connection that has gone silent', async () => {
    const { list } = await watch('silence');
    proxy.swallow('toClient');
    await add('unheard', 'silence');
    await untilStatus(list, 'reconnecting');
    await proxy.restore();
    await untilNames(list, 'unheard');
  });

  it('grows page by page, and takes more when files have left it', async () => {
    const names = ['1', '2', '3', '4', '5', '6', '7'];
    const ids: string[] = [];
    for (const name of names) ids.push(await add(name, 'pages'));
    const { list } = await watch('pages', { pageSize: 2, orderBy: { field: 'NAME', direction: 'ASC' } });
    await untilNames(list, '1', '2');
    expect(list.getSnapshot().hasMore).toBe(true);
    await Promise.all([list.loadMore(), list.loadMore()]);
    await untilNames(list, '1', '2', '3', '4');
    for (const id of ids.slice(0, 3)) await deleteFile(url, id);
    await untilNames(list, '4', '5', '6');
    await list.loadMore();
    await untilNames(list, '4', '5', '6', '7');
    expect(list.getSnapshot().hasMore).toBe(false);
    await list.loadMore();
  });

  it('of some states lets go of files that leave them', async () => {
    const id = await newFile(url, { name: 'moving' });
    const list = client.live.files({ states: ['UPLOADING'], nameContains: 'moving' });
    list.subscribe(() => undefined);
    await untilStatus(list, 'live');
    await transition(url, id, 'START_UPLOAD');
    await untilNames(list, 'moving');
    await transition(url, id, 'COMPLETE_UPLOAD');
    await untilNames(list);
  });

  it('asks the server about letters that only its database knows', async () => {
    const list = client.live.files({ nameContains: 'ÜBER' });
    list.subscribe(() => undefined);
    await untilStatus(list, 'live');
    await newFile(url, { name: 'über uns' });
    await newFile(url, { name: 'ÜBERall' });
    const fresh = (await client.query(READ_FILES, { filter: { nameContains: 'ÜBER' }, first: 10 })).files.edges;
    expect(fresh.length).toBeGreaterThan(0);
    await untilNames(list, ...fresh.map(({ node }) => node.name));
  });

  it('is read again when its cursor has expired, as many files as it had', async () => {
    const [kept, gone] = [await add('kept', 'expiry'), await add('gone', 'expiry')];
    await add('newer', 'expiry');
    const { list } = await watch('expiry', { pageSize: 1 });
    await list.loadMore();
    await list.loadMore();
    await untilNames(list, 'newer', 'gone', 'kept');
    await proxy.refuse();
    await deleteFile(url, gone);
    await transition(url, kept, 'START_UPLOAD');
    await until(
      () => replicas.database.query('select from file_change where id not in (select log_id from feed_position)'),
      (waiting) => waiting.length === 0,
    );
    await replicas.database.query('update feed_head set trimmed = (select max(position) from feed_position)');
    const fresh = await replicas.add();
    proxy.retarget(Number(new URL(fresh.url).port));
    await proxy.restore();
    await untilNames(list, 'newer', 'kept');
    expect(list.getSnapshot().files[1]).toMatchObject({ state: 'UPLOADING', version: 1 });
  });

  it('is iterable, and ends with the client', async () => {
    await add('first', 'iterated');
    const list = client.live.files({ metadata: { of: 'iterated' } });
    const seen: string[] = [];
    for await (const { files, status } of list) {
      seen.push(`${status} ${files.length}`);
      if (status === 'live' && files.length === 1) void add('second', 'iterated');
      if (files.length === 2) client.close();
    }
    expect(seen[0]).toBe('loading 0');
    expect(seen.at(-1)).toBe('live 2');
    expect(list.getSnapshot()).toMatchObject({ status: 'failed', error: { code: 'CLOSED' } });
  });

  it('stops with its last subscriber, and goes on where it was with the next', async () => {
    const list = client.live.files({ metadata: { of: 'resumed' } });
    const unsubscribe = list.subscribe(() => undefined);
    await untilStatus(list, 'live');
    unsubscribe();
    await untilStatus(list, 'reconnecting');
    await add('meanwhile', 'resumed');
    let reads = 0;
    proxy.inspect((chunk, direction) => {
      if (direction === 'toServer' && chunk.includes('ReadFiles')) reads += 1;
    });
    list.subscribe(() => undefined);
    await untilNames(list, 'meanwhile');
    expect(reads, 'the list was not read again').toBe(0);
  });
});

describe('a transition', () => {
  it('is shown before it is answered, and taken back when it is refused', async () => {
    const id = await add('refused', 'optimistic');
    const { list } = await watch('optimistic');
    await untilNames(list, 'refused');
    const before = list.getSnapshot().files[0];
    proxy.hold();
    const refused = expect(list.transition(id, 'COMPLETE_PROCESSING')).rejects.toMatchObject({
      code: 'TRANSITION_NOT_ALLOWED',
    });
    await until(
      () => list.getSnapshot().files[0],
      (file) => file?.state === 'INDEXED' && file.allowedEvents.length === 0,
    );
    await proxy.restore();
    await refused;
    await until(
      () => list.getSnapshot().files[0],
      (file) => file?.state === 'UNTRACKED',
    );
    expect(list.getSnapshot().files[0]).toEqual(before);
  });

  it('that is accepted shows the file as the server has it', async () => {
    const id = await add('accepted', 'accepted');
    const { list, shown } = await watch('accepted');
    await untilNames(list, 'accepted');
    expect(await list.transition(id, 'START_UPLOAD')).toMatchObject({ id, state: 'UPLOADING', version: 1 });
    await until(
      () => list.getSnapshot().files[0]?.version,
      (version) => version === 1,
    );
    const states = shown.flatMap(({ files }) => files.map(({ state }) => state));
    expect(states.lastIndexOf('UNTRACKED'), 'it never goes back').toBeLessThan(states.indexOf('UPLOADING'));
  });
});

it('a file is live until it is deleted', async () => {
  const id = await newFile(url);
  const file = client.live.file(id);
  expect(file.getSnapshot()).toMatchObject({ file: undefined, status: 'loading' });
  file.subscribe(() => undefined);
  await untilStatus(file, 'live');
  await file.transition('START_UPLOAD');
  await until(
    () => file.getSnapshot().file?.state,
    (state) => state === 'UPLOADING',
  );
  await deleteFile(url, id);
  await until(
    () => file.getSnapshot().file,
    (shown) => shown === null,
  );
});

it('counts are those of the server', async () => {
  const counts = client.live.counts();
  counts.subscribe(() => undefined);
  await untilStatus(counts, 'live');
  const before = counts.getSnapshot().counts!.UNTRACKED;
  await newFile(url);
  await newFile(url);
  await until(
    () => counts.getSnapshot().counts?.UNTRACKED,
    (count) => count === before + 2,
  );
});

describe('a WebSocket that is handed in', () => {
  it('is used, and one that never opens is given up without an uncaught error', async () => {
    proxy.swallow('toServer');
    const through = createWaybill({
      url: proxy.urlThrough(url),
      webSocketImpl: WebSocket,
      fetch: (_url, init) => fetch(`${url}/graphql`, init),
    });
    const list = through.live.files();
    list.subscribe(() => undefined);
    await until(
      () => list.getSnapshot(),
      ({ status, error }) => status === 'reconnecting' && error?.code === 'NETWORK',
    );
    await proxy.restore();
    await untilStatus(list, 'live');
    through.close();
  });

  it('fails at once if it is none', async () => {
    const other = createWaybill({ url, webSocketImpl: {} });
    const list = other.live.files();
    list.subscribe(() => undefined);
    await untilStatus(list, 'failed');
    expect(list.getSnapshot().error).toMatchObject({ code: 'WEBSOCKET_MISSING' });
    other.close();
  });
});

it('what is made with a client that is closed says so', () => {
  client.close();
  const list = client.live.files();
  list.subscribe(() => undefined);
  return untilStatus(list, 'failed');
});
