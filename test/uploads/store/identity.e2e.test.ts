// A store belongs to a database: another one is refused at start, later it makes the replica not ready, and nothing is
// declared lost while the right store is not seen.
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { runToEnd } from '../../support/process.ts';
import { createUpload, patch, tus } from '../../support/tus.ts';
import { until } from '../../support/until.ts';

let root: string;
let database: TestDatabase;
let running: Instance[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'waybill-identity-'));
  database = await createDatabase();
  running = [];
});

afterEach(async () => {
  for (const instance of running) await instance.stop();
  await database.drop();
  await rm(root, { recursive: true, force: true });
});

const urlOf = (name: string): string => `file://${join(root, name)}`;

async function start(name: string): Promise<Instance> {
  const instance = await startInstance({ database, env: { WAYBILL_STORAGE_URL: urlOf(name) } });
  running.push(instance);
  return instance;
}

const readiness = async ({ url }: Instance): Promise<number> => (await fetch(`${url}/readyz`)).status;

test('a replica with a store of its own is refused, and the uploads of the others go on', async () => {
  const first = await start('right');
  const url = await createUpload(first.url, 8);
  expect(await patch(url, 0, 'abcd')).toMatchObject({ status: 204, offset: 4 });
  await expect(start('other')).rejects.toMatchObject({
    code: 'STORE_UNSUITABLE',
    message: expect.stringContaining('no marker'),
  });
  const second = await start('right');
  const there = url.replace(first.url, second.url);
  expect(await tus('HEAD', there)).toMatchObject({ status: 200, offset: 4 });
  expect(await patch(there, 4, 'efgh')).toMatchObject({ status: 204, offset: 8 });
});

test('a database from before there were identities does not claim a store without its bytes', async () => {
  const first = await start('right');
  const url = await createUpload(first.url, 8);
  await patch(url, 0, 'abcd');
  await database.query('delete from store_identity');
  await rm(join(root, 'right', 'waybill-store'));
  await expect(start('other')).rejects.toMatchObject({
    code: 'STORE_UNSUITABLE',
    message: expect.stringContaining('does not hold the bytes'),
  });
  const second = await start('right');
  expect(await tus('HEAD', url.replace(first.url, second.url))).toMatchObject({ status: 200, offset: 4 });
});

test('two replicas that start at once at a store that was never used agree on it', async () => {
  await Promise.all([start('new'), start('new')]);
  expect(await database.query('select store_id from store_identity')).toHaveLength(1);
});

test('while the marker is not seen nothing is lost, and the replica is not ready', async () => {
  const instance = await start('right');
  const url = await createUpload(instance.url, 8);
  await patch(url, 0, 'abcd');
  await rename(join(root, 'right'), join(root, 'unmounted'));
  expect(await patch(url, 4, 'efgh')).toMatchObject({ status: 500, body: expect.stringContaining('byte store') });
  expect(instance.log.find(({ msg }) => msg === 'the byte store failed')).toMatchObject({ level: 50, unavailable: 1 });
  await until(
    () => readiness(instance),
    (status) => status === 503,
  );
  await rename(join(root, 'unmounted'), join(root, 'right'));
  await until(
    () => readiness(instance),
    (status) => status === 200,
  );
  expect(await tus('HEAD', url)).toMatchObject({ status: 200, offset: 4 });
  expect(await patch(url, 4, 'efgh')).toMatchObject({ status: 204, offset: 8 });
});

test('a moved store is adopted by a command, after which the one before is not ready', async () => {
  const before = await start('before');
  const env = { DATABASE_URL: database.url, WAYBILL_DATA_DIR: root, WAYBILL_STORAGE_URL: urlOf('after') };
  expect(await runToEnd(env, 'adopt-store')).toMatchObject({ code: 0 });
  await start('after');
  await expect(start('before')).rejects.toMatchObject({
    code: 'STORE_UNSUITABLE',
    message: expect.stringContaining('adopt-store'),
  });
  await until(
    () => readiness(before),
    (status) => status === 503,
  );
});
