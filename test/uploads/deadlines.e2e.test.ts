// Deadlines end states, across restarts too; an upload whose bytes are lost fails.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newFile, readFile, request, transition } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { createUpload, fileIdOf, patch, tus } from '../support/tus.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let storage: string;
const running: Instance[] = [];

beforeAll(async () => {
  database = await createDatabase();
  storage = await mkdtemp(join(tmpdir(), 'waybill-bytes-'));
});

afterAll(async () => {
  await Promise.all(running.map((each) => each.stop()));
  await database.drop();
  await rm(storage, { recursive: true, force: true });
});

/** One at a time: of replicas that disagree on a deadline the longest one wins. */
async function start(env: Record<string, string> = {}): Promise<Instance> {
  await Promise.all(running.splice(0).map((each) => each.stop()));
  const instance = await startInstance({ database, env: { WAYBILL_STORAGE_URL: `file://${storage}`, ...env } });
  running.push(instance);
  return instance;
}

async function failureOf(url: string, id: string): Promise<{ code: string; retryable: boolean } | null> {
  const query = 'query ($id: ID!) { file(id: $id) { failure { code retryable } } }';
  return (await request<{ file: { failure: { code: string; retryable: boolean } | null } }>(url, query, { id })).file
    .failure;
}

it('processing that takes too long fails, whichever way the bytes came', async () => {
  const { url } = await start({ WAYBILL_PROCESSING_TIMEOUT: '1s' });
  const external = await newFile(url, { transfer: 'EXTERNAL', size: 1 });
  await transition(url, external, 'START_UPLOAD');
  await transition(url, external, 'COMPLETE_UPLOAD');
  const upload = await createUpload(url, 1);
  await patch(upload, 0, 'x');
  for (const id of [external, fileIdOf(upload)]) {
    await until(
      () => failureOf(url, id),
      (failure) => failure?.code === 'PROCESSING_TIMEOUT',
    );
    expect(await failureOf(url, id)).toEqual({ code: 'PROCESSING_TIMEOUT', retryable: true });
  }
});

it('deadlines pass while no program runs, and are kept by the next one', async () => {
  const first = await start();
  const stalled = await createUpload(first.url, 4);
  await patch(stalled, 0, 'ab');
  const forgotten = await newFile(first.url, { transfer: 'EXTERNAL' });
  await first.stop();
  // As if the program had been away for two days, by the clock of the database.
  await database.query(
    `update file set due_at = due_at - interval '2 days', updated_at = updated_at - interval '2 days'`,
  );
  const { url } = await start();
  await until(
    () => failureOf(url, fileIdOf(stalled)),
    (failure) => failure?.code === 'UPLOAD_STALLED',
  );
  await until(
    () => readFile(url, forgotten),
    (file) => file === null,
  );
});

it('a deadline that was found too early is put off by the bytes that came since', async () => {
  const { url } = await start();
  const upload = await createUpload(url, 4);
  await patch(upload, 0, 'ab');
  const id = fileIdOf(upload).slice('file_'.length);
  await database.query('update file set due_at = now() where id = $1', [id]);
  const due = (): Promise<{ later: boolean }[]> =>
    database.query(`select due_at > now() + interval '10 minutes' as later from file where id = $1`, [id]);
  await until(due, ([row]) => row?.later === true);
  expect(await tus('HEAD', upload)).toMatchObject({ status: 200, offset: 2 });
});

it('an upload whose bytes are gone fails, and begins anew when it is retried', async () => {
  const { url } = await start();
  const upload = await createUpload(url, 4);
  await patch(upload, 0, 'ab');
  const id = fileIdOf(upload);
  const rows = await database.query<{ id: string }>('select id from segment where file_id = $1', [
    id.slice('file_'.length),
  ]);
  for (const { id: name } of rows) await rm(join(storage, name.slice(-2), name));
  expect(await patch(upload, 2, 'cd')).toMatchObject({ status: 410 });
  expect(await failureOf(url, id)).toEqual({ code: 'BYTES_LOST', retryable: true });
  await transition(url, id, 'RETRY');
  expect(await tus('HEAD', upload)).toMatchObject({ status: 200, offset: 0 });
  expect(await patch(upload, 0, 'abcd')).toMatchObject({ status: 204, offset: 4 });
});

it('an EXTERNAL upload that nobody reports on stalls too', async () => {
  const { url } = await start({ WAYBILL_UPLOAD_STALL: '1s' });
  const id = await newFile(url, { transfer: 'EXTERNAL', size: 9 });
  await transition(url, id, 'START_UPLOAD');
  await until(
    () => failureOf(url, id),
    (failure) => failure?.code === 'UPLOAD_STALLED',
  );
});
