// The raw feed of the client: every change once and in order, processed before the next one comes.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Waybill, createWaybill } from '../../packages/client/src/client.ts';
import type { TypedDocument } from '../../packages/client/src/document.ts';
import { READ_FEED_CURSOR } from '../../packages/client/src/generated/documents.ts';
import { newFile } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { readMetric } from '../support/http.ts';
import { until } from '../support/until.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';

let waybill: Instance;
let proxy: TcpProxy;
let client: Waybill;

beforeAll(async () => {
  waybill = await startInstance();
});
afterAll(() => waybill.stop());
beforeEach(async () => {
  proxy = await startTcpProxy(waybill.url);
  client = createWaybill({ url: proxy.urlThrough(waybill.url) });
});
afterEach(async () => {
  client.close();
  await proxy.close();
});

const register = async (count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await newFile(waybill.url));
  return ids;
};

it('come once and in order through cut connections, and go on after a checkpoint', async () => {
  const { feedCursor } = await client.query(READ_FEED_CURSOR);
  const ids = await register(30);
  const seen: string[] = [];
  let saved = feedCursor;
  const onCheckpoint = async (cursor: string): Promise<void> => {
    await Promise.resolve();
    saved = cursor;
  };
  for (const stopAt of [10, 20, 30]) {
    for await (const { fileId, cursor } of client.changes(saved, { onCheckpoint })) {
      expect(saved, 'the one before was processed').not.toBe(cursor);
      seen.push(fileId);
      if (seen.length % 4 === 0) proxy.cut();
      // The last one is not processed to its end: it comes again.
      if (seen.length === stopAt) break;
    }
    if (stopAt < 30) seen.pop();
  }
  expect(seen).toEqual(ids.slice(0, 30));
});

it('begin now without a cursor, and end with the client', async () => {
  const changes = client.changes();
  const first = changes.next();
  const ids: string[] = [];
  // Where "now" was cannot be seen from outside: one of those that come after it is the first.
  const seen = await until(
    async () => {
      ids.push(...(await register(1)));
      return await Promise.race([first, Promise.resolve(null)]);
    },
    (result) => result !== null,
  );
  expect(ids).toContain(seen!.value?.fileId);
  const rest = Array.fromAsync(changes);
  client.close();
  await rest;
});

it('many come once and in order, and are not taken faster than they are processed', async () => {
  const { feedCursor } = await client.query(READ_FEED_CURSOR);
  const bulk: TypedDocument<unknown, { input: object[] }> =
    `mutation ($input: [RegisterFileInput!]!) { registerFiles(input: $input) { __typename } }`;
  const input = Array.from({ length: 1_000 }, (_, at) => ({ name: `bulk ${at}`, transfer: 'EXTERNAL' }));
  for (let times = 0; times < 3; times += 1) await client.mutate(bulk, { input });
  const [last] = await readLog(1);
  const seen: string[] = [];
  for await (const { fileId } of client.changes(feedCursor)) {
    seen.push(fileId);
    // It is full, and hangs up.
    if (seen.length === 1)
      await until(
        () => readMetric(waybill.url, 'waybill_websockets'),
        (count) => count === 0,
      );
    if (fileId === last) break;
  }
  expect(seen.slice(-3_000)).toEqual(await readLog(3_000));
});

/** The files of the newest changes, in order. */
async function readLog(count: number): Promise<string[]> {
  await until(
    () => waybill.database.query('select from file_change where id not in (select log_id from feed_position)'),
    (waiting) => waiting.length === 0,
  );
  const log = await waybill.database.query<{ id: string }>(
    `select 'file_' || file_id as id from feed_position join file_change on id = log_id order by position desc limit $1`,
    [count],
  );
  return log.map(({ id }) => id).toReversed();
}

it('end with an error when their cursor is not one of this feed', async () => {
  await expect(client.changes('elsewhere').next()).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
});

it('end with the reason of their signal', async () => {
  const stopping = new AbortController();
  const next = client.changes(undefined, { signal: stopping.signal }).next();
  stopping.abort(new Error('enough'));
  await expect(next).rejects.toThrow('enough');
});
