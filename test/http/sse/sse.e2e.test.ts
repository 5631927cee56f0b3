// Server-sent events: the id of each event is its cursor, and Last-Event-ID goes on from there at any replica.
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-sse';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHANGES, type ChangeData, collect, readCursor, seenOf } from '../../support/changes.ts';
import { newFile, transition } from '../../support/client.ts';
import { type Block, type StreamOptions, readStream } from '../../support/event-stream.ts';
import { type Replicas, startReplicas } from '../../support/replicas.ts';
import { type TcpProxy, startTcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';
import { eventAfter } from '../../support/watched-changes.ts';
import { createRandom } from '../../support/random.ts';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 31);

let replicas: Replicas;
let one: string;
let two: string;
beforeEach(async () => {
  replicas = await startReplicas();
  [one, two] = replicas.urls;
});
afterEach(() => replicas.stop());

/** Without the cursor: the id has to do. */
const PLAIN = 'subscription P($after: Cursor) { fileChanges(after: $after) { fileId kind } }';

interface Plain {
  readonly data?: { readonly fileChanges: { readonly fileId: string; readonly kind: string } };
  readonly errors?: readonly { readonly extensions: Record<string, unknown> }[];
}

const bodyOf = ({ data }: Block): Plain => JSON.parse(data ?? 'null') as Plain;
const isEvent = ({ event }: Block): boolean => event === 'next';

/** The first events of a stream, and what came before the first. */
async function take(
  url: string,
  count: number,
  options: StreamOptions = {},
): Promise<{ preamble: Block[]; events: Block[] }> {
  const leaving = new AbortController();
  const blocks: Block[] = [];
  try {
    for await (const block of readStream(url, PLAIN, { ...options, signal: leaving.signal })) {
      blocks.push(block);
      if (blocks.filter(isEvent).length === count) break;
    }
  } finally {
    leaving.abort();
  }
  const first = blocks.findIndex(isEvent);
  return { preamble: blocks.slice(0, first === -1 ? blocks.length : first), events: blocks.filter(isEvent) };
}

it('the id of each event is the cursor of its change, whether or not the client asks for it', async () => {
  const after = await readCursor(one);
  const watcher = collect(two, after);
  const ids = await Promise.all(Array.from({ length: 5 }, () => newFile(one)));
  for (const id of ids) await transition(one, id, 'START_UPLOAD');
  const { events } = await take(one, 10, { variables: { after } });
  await until(
    () => watcher.seen.length,
    (length) => length === 10,
  );
  await watcher.stop();
  expect(events.map(({ id }) => id)).toEqual(watcher.seen.map(({ cursor }) => cursor));
  expect(events.map((event) => bodyOf(event).data?.fileChanges.fileId)).toEqual(
    watcher.seen.map(({ fileId }) => fileId),
  );
});

it('the place where a stream begins is sent as an id before the first event', async () => {
  const after = await readCursor(one);
  const leaving = new AbortController();
  const stream = readStream(one, PLAIN, { signal: leaving.signal });
  const { value: first } = await stream.next();
  // No data: the browser remembers the id and dispatches nothing.
  expect(first).toEqual({ event: null, id: after, data: null, comment: true });
  leaving.abort();

  // Cut off before anything came, and back at another replica: nothing is missed.
  const id = await newFile(one);
  const { preamble, events } = await take(two, 1, { lastEventId: first!.id });
  expect(preamble.map((block) => block.id)).toEqual([after]);
  expect(bodyOf(events[0]!).data?.fileChanges).toEqual({ fileId: id, kind: 'REGISTERED' });
});

it('Last-Event-ID is honoured at another replica, and wins over `after`', async () => {
  const after = await readCursor(one);
  const ids = [await newFile(one), await newFile(two), await newFile(one)];
  const { events } = await take(one, 2, { variables: { after } });
  const rest = await take(two, 1, { variables: { after }, lastEventId: events[1]!.id });
  expect(bodyOf(rest.events[0]!).data?.fileChanges.fileId).toBe(ids[2]);
});

it('a Last-Event-ID of another feed is refused, and so is one from the future', async () => {
  const [feed] = Buffer.from(await readCursor(one), 'base64url')
    .toString()
    .split(':');
  const cursors = [`00000000-0000-0000-0000-000000000000:0`, `${feed}:999999`, 'nonsense'];
  for (const cursor of cursors) {
    const { events } = await take(one, 1, { lastEventId: Buffer.from(cursor).toString('base64url') });
    expect(bodyOf(events[0]!).errors?.[0]?.extensions['code']).toBe('INVALID_CURSOR');
    expect(events[0]!.id).toBeNull();
  }
});

const FILES = 10;
const MOVES = 150;

it('across many cut streams nothing is missed and nothing comes twice, while files go on moving', async () => {
  const random = createRandom(SEED);
  // Before the files are registered: what was acknowledged a moment ago may not have its place yet.
  let lastEventId: string | null = await readCursor(one);
  const ids = await Promise.all(Array.from({ length: FILES }, () => newFile(one)));
  const proxy: TcpProxy = await startTcpProxy(Number(new URL(one).port));
  const url = `http://127.0.0.1:${proxy.port}`;
  const all = collect(one, lastEventId);
  const heard: (string | null)[] = [];
  let cuts = 0;
  const stopping = new AbortController();
  const reading = (async () => {
    while (!stopping.signal.aborted) {
      try {
        for await (const block of readStream(url, PLAIN, { lastEventId, signal: stopping.signal })) {
          lastEventId = block.id ?? lastEventId;
          if (isEvent(block)) heard.push(block.id);
        }
      } catch {
        cuts += 1;
      }
    }
  })();
  const ports = [one, two].map((each) => Number(new URL(each).port));
  for (let change = 0; change < MOVES; change += 1) {
    const { __typename } = await transition(
      [one, two][change % 2]!,
      ids[change % FILES]!,
      eventAfter(Math.floor(change / FILES)),
    );
    expect(__typename).toBe('TransitionFileSuccess');
    if (change % 3 !== 0) continue;
    await sleep(random.below(30));
    proxy.retarget(random.pick(ports));
    const before = cuts;
    await until(
      () => {
        proxy.cut();
        return cuts;
      },
      (now) => now > before,
    );
  }
  await until(
    () => Math.min(heard.length, all.seen.length),
    (length) => length >= FILES + MOVES,
  );
  stopping.abort();
  await reading;
  await all.stop();
  await proxy.close();
  process.stdout.write(`seed ${SEED}: ${heard.length} changes over ${cuts} cut streams\n`);
  expect(cuts).toBeGreaterThanOrEqual(MOVES / 3);
  expect(heard, `seed ${SEED}`).toEqual(all.seen.map(({ cursor }) => cursor));
});

it('a replica that stops cuts its streams and does not complete them: another goes on from there', async () => {
  const stopped = await replicas.add();
  const blocks: Block[] = [];
  const reading = (async () => {
    for await (const block of readStream(stopped.url, PLAIN)) blocks.push(block);
  })();
  const outcome = reading.then(
    () => 'ended',
    () => 'cut',
  );
  await until(
    () => blocks.length,
    (length) => length > 0,
  );
  const first = await newFile(one);
  await until(
    () => blocks.filter(isEvent).length,
    (length) => length === 1,
  );
  await stopped.stop();
  expect(await outcome).toBe('cut');
  expect(blocks.map(({ event }) => event)).toEqual([null, 'next']);
  expect(bodyOf(blocks[1]!).data?.fileChanges.fileId).toBe(first);

  const second = await newFile(one);
  const { events } = await take(two, 1, { lastEventId: blocks[1]!.id });
  expect(bodyOf(events[0]!).data?.fileChanges.fileId).toBe(second);
});

it('a client of graphql-sse is served as well', async () => {
  const after = await readCursor(one);
  const client = createClient({ url: `${two}/graphql`, retryAttempts: 0 });
  const seen = [];
  const id = await newFile(one);
  await transition(one, id, 'START_UPLOAD');
  for await (const { data } of client.iterate<ChangeData & Record<string, unknown>>({
    query: CHANGES,
    variables: { after },
  })) {
    seen.push(seenOf(data!));
    if (seen.length === 2) break;
  }
  client.dispose();
  expect(seen).toMatchObject([
    { kind: 'REGISTERED', fileId: id, version: 0 },
    { kind: 'TRANSITIONED', fileId: id, version: 1 },
  ]);
});
