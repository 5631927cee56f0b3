// The database goes away and comes back while the program runs: said so to every client, and over without a restart.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, newFile, readFile, send, subscribe, transition } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { get, readMetric } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let proxy: TcpProxy;
let waybill: Instance;
let url: string;
beforeAll(async () => {
  database = await createDatabase();
  proxy = await startTcpProxy(database.url);
  waybill = await startInstance({ database: { ...database, url: proxy.urlThrough(database.url) } });
  ({ url } = waybill);
});
afterAll(async () => {
  await proxy.restore();
  await waybill.stop();
  await proxy.close();
  await database.drop();
});

const statusOf = async (path: string): Promise<number> => (await get(url, path)).status;
const readiness = (wanted: number): Promise<number> =>
  until(
    () => statusOf('/readyz'),
    (status) => status === wanted,
  );

it('away, every operation answers UNAVAILABLE and /readyz 503; back, all of it works, streams included', async () => {
  const id = await newFile(url);
  const client = connect(url);
  const stream = subscribe<{ file: { version: number } }>(client, `subscription { file(id: "${id}") { version } }`);
  expect((await stream.next()).value).toEqual({ file: { version: 0 } });

  await proxy.refuse();
  const unavailable = [{ message: 'The database cannot be reached; try again.', extensions: { code: 'UNAVAILABLE' } }];
  expect((await send(url, '{ fileCounts { count } }')).errors).toMatchObject(unavailable);
  expect((await send(url, `{ file(id: "${id}") { id } }`)).errors).toMatchObject(unavailable);
  const start = await send(url, `mutation { startUpload(input: {id: "${id}"}) { __typename } }`);
  expect(start.errors).toMatchObject(unavailable);
  const { requestId } = start.errors?.[0]?.extensions ?? {};
  expect(waybill.log.find((line) => line['requestId'] === requestId)).toMatchObject({
    msg: 'the database cannot be reached',
  });
  const late = subscribe(client, `subscription { file(id: "${id}") { version } }`);
  await expect(late.next()).rejects.toThrow(/UNAVAILABLE/);
  await readiness(503);
  expect(await statusOf('/healthz')).toBe(200);
  expect((await send(url, '{ lifecycle { version } }')).errors).toBeUndefined();
  expect(await readMetric(url, 'waybill_unexpected_errors_total')).toBe(0);
  // What is read from the database is left out; the rest is there.
  expect((await get(url, '/metrics')).text).not.toMatch(/^waybill_files\{/m);
  expect(await readMetric(url, 'waybill_segments_discarded')).toBeNaN();

  await proxy.restore();
  await readiness(200);
  expect(await readFile(url, id)).toMatchObject({ state: 'UNTRACKED', version: 0 });
  expect(await transition(url, id, 'START_UPLOAD')).toMatchObject({ file: { version: 1 } });
  expect((await stream.next()).value, 'the stream from before').toEqual({ file: { version: 1 } });
  await stream.return();
  await client.dispose();
});

it('says once that the feed cannot read its log, not with every try', async () => {
  const lines = (): number => waybill.log.filter(({ msg }) => msg === 'the feed cannot read its log').length;
  const before = lines();
  await proxy.refuse();
  await readiness(503);
  await until(lines, (count) => count > before);
  // Half a dozen tries of the clock.
  const later = performance.now() + 1_500;
  await until(
    () => performance.now(),
    (now) => now > later,
  );
  expect(lines()).toBe(before + 1);
  await proxy.restore();
  await readiness(200);
});

it('silent, it is not ready either, and answers what waited once it is heard again', async () => {
  const id = await newFile(url);
  proxy.hold();
  const waiting = transition(url, id, 'START_UPLOAD');
  await readiness(503);
  await proxy.restore();
  await readiness(200);
  expect(await waiting).toMatchObject({ __typename: 'TransitionFileSuccess' });
  expect(await readFile(url, id)).toMatchObject({ state: 'UPLOADING', version: 1 });
});
