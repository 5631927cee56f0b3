// The bytes of an incomplete upload outlive its failure for WAYBILL_FAILED_BYTES_RETENTION only.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readFile, transition } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { get, readMetric } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { createUpload, fileIdOf, patch, tus } from '../support/tus.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
const running: Instance[] = [];
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  await stop();
  await database.drop();
});

const stop = async (): Promise<unknown> => await Promise.all(running.splice(0).map((each) => each.stop()));

async function start(env: Record<string, string> = {}): Promise<string> {
  const instance = await startInstance({ database, env });
  running.push(instance);
  return instance.url;
}

/** An upload of `abcdef` that has failed after its first three bytes. */
async function failedUpload(url: string): Promise<string> {
  const upload = await createUpload(url, 6);
  await patch(upload, 0, 'abc');
  await transition(url, fileIdOf(upload), 'FAIL_UPLOAD');
  return upload;
}

const bytesAreGone = async (url: string, id: string): Promise<unknown> =>
  await until(
    () => readFile(url, id),
    (file) => file?.bytesReceived === 0,
  );

async function segmentsInStore(): Promise<number> {
  const entries = await readdir(join(database.dataDir, 'uploads'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name !== 'waybill-store').length;
}

const hoursLeft = async (upload: string): Promise<number | null> => {
  const [row] = await database.query<{ hours: number | null }>(
    `select round(extract(epoch from due_at - now()) / 3600)::int as hours from file where id = $1`,
    [fileIdOf(upload).slice('file_'.length)],
  );
  return row!.hours;
};

it('of an incomplete upload go in time, the file stays FAILED, and a retry begins at 0', async () => {
  const url = await start({ WAYBILL_UPLOAD_STALL: '3s', WAYBILL_FAILED_BYTES_RETENTION: '1s' });
  const upload = await createUpload(url, 6);
  const id = fileIdOf(upload);
  await patch(upload, 0, 'abc');
  await bytesAreGone(url, id);
  // START_UPLOAD and FAIL_UPLOAD: that the bytes went is no transition.
  expect(await readFile(url, id)).toMatchObject({ state: 'FAILED', version: 2, failure: { code: 'UPLOAD_STALLED' } });
  await until(segmentsInStore, (segments) => segments === 0);
  expect(await readMetric(url, 'waybill_unfinished_bytes{state="FAILED"}')).toBe(0);

  await transition(url, id, 'RETRY');
  expect(await tus('HEAD', upload)).toMatchObject({ status: 200, offset: 0 });
  expect(await patch(upload, 0, 'uvwxyz')).toMatchObject({ status: 204, offset: 6 });
  expect((await get(url, `/files/${id}`)).text).toBe('uvwxyz');
});

it('stay with a retry that comes in time, and with a complete upload', async () => {
  const patient = await start();
  const retried = await failedUpload(patient);
  expect(await hoursLeft(retried)).toBe(24);
  await transition(patient, fileIdOf(retried), 'RETRY');
  await stop();

  const url = await start({ WAYBILL_FAILED_BYTES_RETENTION: '1s' });
  const complete = await createUpload(url, 6);
  await patch(complete, 0, 'ghijkl');
  await transition(url, fileIdOf(complete), 'FAIL_PROCESSING');
  await bytesAreGone(url, fileIdOf(await failedUpload(url)));
  expect((await get(url, `/files/${fileIdOf(complete)}`)).text).toBe('ghijkl');
  const continued = new URL(new URL(retried).pathname, url).href;
  expect(await tus('HEAD', continued)).toMatchObject({ status: 200, offset: 3 });
  expect(await patch(continued, 3, 'def')).toMatchObject({ status: 204, offset: 6 });
  expect((await get(url, `/files/${fileIdOf(retried)}`)).text).toBe('abcdef');
});

it('of files that failed before there was a deadline get one', async () => {
  const before = await start();
  const upload = await failedUpload(before);
  const complete = await createUpload(before, 6);
  await patch(complete, 0, 'ghijkl');
  await transition(before, fileIdOf(complete), 'FAIL_PROCESSING');
  await stop();
  await database.query('update file set due_at = null');
  await database.query(`delete from migration where name like '%\\_failed\\_bytes\\_%'`);

  const url = await start({ WAYBILL_FAILED_BYTES_RETENTION: '1s' });
  expect(await hoursLeft(upload)).toBe(24);
  expect(await hoursLeft(complete)).toBeNull();
  await database.query('update file set due_at = now() where due_at is not null');
  await bytesAreGone(url, fileIdOf(upload));
});
