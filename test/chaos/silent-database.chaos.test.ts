// The database goes silent: no answer, no reset. Every request is answered in bounded time, nothing is lost or done twice, and
// what cannot wait is refused at once.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { COMMIT_MESSAGE } from '../support/commit-message.ts';
import { type Result, newFile, send, transition, transitions } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { get } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { type Bench, PATIENT, bring, readLog, sendOne, sending, startLifecycle } from '../support/lifecycle.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { tus } from '../support/tus.ts';
import { until } from '../support/until.ts';

let bench: Bench | undefined;
let database: TestDatabase | undefined;
let waybill: Instance | undefined;
let proxy: TcpProxy | undefined;
afterEach(async () => {
  await proxy?.restore();
  await bench?.stop();
  await waybill?.stop();
  await proxy?.close();
  await database?.drop();
  bench = database = waybill = proxy = undefined;
});

async function startBehindProxy(env: Record<string, string> = {}) {
  database = await createDatabase();
  proxy = await startTcpProxy(database.url);
  waybill = await startInstance({ database: { ...database, url: proxy.urlThrough(database.url) }, env });
  return { database, proxy, url: waybill.url };
}

const readiness = (url: string, wanted: number): Promise<unknown> =>
  until(
    async () => (await get(url, '/readyz')).status,
    (status) => status === wanted,
  );

// A command has 12 s, and a new connection another try; the rest is for a slow machine.
const LIMIT_MS = 45_000;

it('connections that have gone silent are replaced: everything is answered, and deadlines pass', async () => {
  const { database: db, proxy: cutter, url } = await startBehindProxy({ WAYBILL_UPLOAD_STALL: '2s' });
  const ids = await Promise.all(Array.from({ length: 20 }, () => newFile(url)));
  cutter.silence();
  const sentAt = performance.now();
  const read = send(url, '{ fileCounts { count } }');
  const answers = ids.map((id) => transition(url, id, 'START_UPLOAD', { idempotencyKey: randomUUID() }));
  await readiness(url, 503);
  for (const answer of answers) expect(await answer).toMatchObject({ __typename: 'TransitionFileSuccess' });
  await read;
  expect(performance.now() - sentAt).toBeLessThan(LIMIT_MS);
  await readiness(url, 200);
  const started = `select count(*)::int as count from file_change where event = 'START_UPLOAD'`;
  expect(await db.query(started)).toEqual([{ count: 20 }]);
  await until(
    () => db.query(`select from file where state = 'FAILED'`),
    (failed) => failed.length === 20,
  );
});

it('a COMMIT whose answer never comes is looked up', async () => {
  bench = await startLifecycle({
    limits: PATIENT,
    commandTimeoutMs: 3_000,
    through: async (url) => {
      proxy = await startTcpProxy(url);
      return proxy.urlThrough(url);
    },
  });
  const { lifecycle, database: db } = bench;
  const id = await bring(lifecycle);
  proxy!.atMatch({ pattern: COMMIT_MESSAGE }, 'swallowAnswers');
  const answer = sendOne(lifecycle, sending(id, 'START_UPLOAD'));
  await until(
    () => readLog(db, id),
    (log) => log.length === 2,
  );
  await sleep(200); // the answer is on its way, and is swallowed
  await proxy!.restore();
  expect(await answer).toMatchObject({ outcome: 'transitioned', replayed: false, file: { version: 1 } });
  expect(await readLog(db, id)).toHaveLength(2);
});

const REQUESTS = 13;
const FILES_OF_REQUEST = 20;
// The largest request there is; most of its files do not exist, which is quickly answered.
const ITEMS = 1_000;

it('a hung database: what is beyond the bound is refused at once, and everything else is done once', async () => {
  const { database: db, proxy: cutter, url } = await startBehindProxy();
  const ids = await Promise.all(Array.from({ length: REQUESTS * FILES_OF_REQUEST }, () => newFile(url)));
  const requests = Array.from({ length: REQUESTS }, (_, at) => {
    const own = ids.slice(at * FILES_OF_REQUEST, (at + 1) * FILES_OF_REQUEST);
    const unknown = Array.from({ length: ITEMS - FILES_OF_REQUEST }, () => `file_${randomUUID()}`);
    return [...own, ...unknown].map((id) => ({ id, event: 'START_UPLOAD', idempotencyKey: 'key' }));
  });
  // A null stands for UNAVAILABLE as an error, after 12 s: this machine was slow to let go.
  const move = (input: readonly Record<string, unknown>[]) => transitions(url, input).catch(() => null);
  const countRefused = (answers: readonly Result[] | null): number =>
    answers === null ? ITEMS : answers.filter(({ code }) => code === 'UNAVAILABLE').length;

  cutter.hold();
  const refusals: number[] = [];
  const answers = requests.map(async (input) => {
    const answer = await move(input);
    if (countRefused(answer) > 0) refusals.push(countRefused(answer));
    return answer;
  });
  await until(
    () => refusals.length,
    (count) => count >= 3,
  );
  expect(refusals, 'whole requests, at once').toEqual([ITEMS, ITEMS, ITEMS]);
  const upload = await tus('POST', `${url}/uploads`, { headers: { 'upload-length': '1' }, body: '' });
  expect(upload).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
  await cutter.restore();

  for (const [at, input] of requests.entries()) {
    let answer: readonly Result[] | null = await answers[at]!;
    while (countRefused(answer) > 0) answer = await move(input);
    const own = answer!.slice(0, FILES_OF_REQUEST).map(({ __typename }) => __typename);
    expect(own).toEqual(own.map(() => 'TransitionFileSuccess'));
    expect(answer![FILES_OF_REQUEST]).toMatchObject({ code: 'FILE_NOT_FOUND' });
  }
  const moved = await db.query(`select file_id from file_change where event = 'START_UPLOAD'`);
  expect(moved).toHaveLength(ids.length);
  expect(new Set(moved.map(({ file_id: id }) => id)).size).toBe(ids.length);
});
