// A failure that the server retries by itself is announced, and whoever waits for the outcome waits for the last one.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { request } from '../support/client.ts';
import { readJsonLines, runCli } from '../support/cli.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { until } from '../support/until.ts';
import { uploadText } from '../support/upload-text.ts';
import { NOTHING, failed, runnerOf } from '../support/worker.ts';

let waybill: Instance;
let folder: string;
const failures = new Map<string, number>();

/** Fails each file once; one whose name says so, for good. */
const runner = runnerOf(({ file }) => {
  const before = failures.get(file.id) ?? 0;
  failures.set(file.id, before + 1);
  if (file.name === 'broken') return Promise.resolve(failed('BROKEN'));
  return Promise.resolve(before === 0 ? failed('SERVICE_AWAY', true) : NOTHING);
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-cli-'));
  const env = { WAYBILL_PROCESSING: 'builtin', WAYBILL_AUTO_RETRY: 'on', WAYBILL_RETRY_BACKOFF: '2s' };
  waybill = await startInstance({ runner, env });
});
afterEach(async () => {
  await waybill.stop();
  await rm(folder, { recursive: true });
});

interface Facts {
  readonly state: string;
  readonly updatedAt: string;
  readonly retryAt: string | null;
}

const read = async (id: string): Promise<Facts> =>
  (
    await request<{ file: Facts }>(waybill.url, 'query ($id: ID!) { file(id: $id) { state updatedAt retryAt } }', {
      id,
    })
  ).file;

const run = (...args: string[]) => runCli(args, { env: { WAYBILL_URL: waybill.url, XDG_STATE_HOME: folder } });

it('a failed file says when it is retried, and so does the change that failed it', async () => {
  const id = await uploadText(waybill.url, 'x');
  const file = await until(
    () => read(id),
    ({ state }) => state === 'FAILED',
  );
  const afterMs = Date.parse(file.retryAt ?? '') - Date.parse(file.updatedAt);
  expect(afterMs).toBeGreaterThanOrEqual(1_800);
  expect(afterMs).toBeLessThanOrEqual(2_200);
  const logged = await waybill.database.query(
    `select file->>'retryAt' as "retryAt" from file_change where event = 'FAIL_PROCESSING'`,
  );
  expect(logged).toEqual([{ retryAt: file.retryAt }]);
  const ended = await until(
    () => read(id),
    ({ state }) => state === 'INDEXED',
  );
  expect(ended.retryAt).toBeNull();
});

it('waybill wait and upload --wait go on until it is INDEXED, or FAILED for good', async () => {
  const [good, broken] = [join(folder, 'good'), join(folder, 'broken')];
  await Promise.all([writeFile(good, 'good'), writeFile(broken, 'broken')]);
  const id = await uploadText(waybill.url, 'x');
  const [waited, uploaded, refused] = await Promise.all([
    run('wait', id),
    run('upload', good, '--wait'),
    run('upload', broken, '--wait', '--json'),
  ]);
  expect(waited).toMatchObject({ code: 0, stdout: expect.stringContaining('INDEXED') as string });
  expect(uploaded).toMatchObject({ code: 0 });
  expect(refused.code).toBe(1);
  expect(readJsonLines(refused.stdout)).toContainEqual(expect.objectContaining({ code: 'BROKEN' }));
});
