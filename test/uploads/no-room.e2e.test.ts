// A server on a disk that is really full: 507, the offset is what is durable, and the upload continues once there is room.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFileStore } from '../../src/uploads/store/file/file-store.ts';
import { MIB, randomBytes } from '../support/bytes.ts';
import { expectServing } from '../support/clean.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type WaybillProcess, startWrapped } from '../support/process.ts';
import { createRandom } from '../support/random.ts';
import { createUpload, patch, tus } from '../support/tus.ts';
import { type Held, readHeld } from '../support/upload-server.ts';

const bytes = randomBytes(createRandom(3), 8 * MIB);
// In a mount namespace, which ends with its process: no mount is left behind.
const NAMESPACE = ['unshare', '--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];
const MOUNT = 'mount -t tmpfs -o size=6m tmpfs "$0"';
const mayMount = await promisify(execFile)('unshare', [...NAMESPACE.slice(1), '/bin/sh', '-c', MOUNT, tmpdir()]).then(
  () => true,
  () => false,
);

let database: TestDatabase;
let root: string;
let waybill: WaybillProcess;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'waybill-room-'));
  database = await createDatabase();
});

afterEach(async () => {
  await waybill.end('SIGTERM');
  await database.drop();
  await rm(root, { recursive: true, force: true });
});

async function start(script: string, ...namespace: string[]): Promise<void> {
  waybill = await startWrapped([...namespace, '/bin/sh', '-c', `${script} && exec "$@"`, root], {
    DATABASE_URL: database.url,
    WAYBILL_DATA_DIR: root,
    WAYBILL_STORAGE_URL: pathToFileURL(join(root, 'uploads')).href,
  });
}

/** The path as the process sees it, which may have mounted something there. */
const seenInside = (): string => `/proc/${waybill.child.pid}/root${root}`;

async function held(url: string): Promise<Held> {
  return await readHeld(database, await openFileStore(join(seenInside(), 'uploads')), url);
}

async function fill(url: string): Promise<number> {
  expect(await patch(url, 0, bytes)).toMatchObject({ status: 507 });
  const { offset } = await tus('HEAD', url);
  const { state, bytes: kept } = await held(url);
  expect({ state, length: kept.length }).toEqual({ state: 'UPLOADING', length: offset });
  expect(kept.equals(bytes.subarray(0, offset))).toBe(true);
  await expectServing(waybill.url);
  return offset;
}

test.runIf(mayMount)('a full disk is 507, and with room again the upload goes on where it stopped', async () => {
  await start(MOUNT, ...NAMESPACE);
  const ballast = join(seenInside(), 'ballast');
  await mkdir(seenInside(), { recursive: true });
  await writeFile(ballast, Buffer.alloc(2 * MIB));
  const url = await createUpload(waybill.url, 5 * MIB);
  const whole = bytes.subarray(0, 5 * MIB);
  expect(await patch(url, 0, whole)).toMatchObject({ status: 507 });
  const { offset } = await tus('HEAD', url);
  expect(offset).toBeGreaterThan(3 * MIB);
  expect((await held(url)).bytes.equals(whole.subarray(0, offset))).toBe(true);
  expect(await patch(url, offset, whole.subarray(offset))).toMatchObject({ status: 507 });
  await expectServing(waybill.url);
  await rm(ballast);
  const { offset: resumed } = await tus('HEAD', url);
  expect(await patch(url, resumed, whole.subarray(resumed))).toMatchObject({ status: 204, offset: 5 * MIB });
  expect(await held(url)).toMatchObject({ state: 'PROCESSING' });
});

test('a file at its largest is 507 too, at every attempt, and the offset is the last byte that is there', async () => {
  // In blocks of 512 bytes, as POSIX says.
  await start('ulimit -f 7001');
  const url = await createUpload(waybill.url, bytes.length);
  expect(await fill(url)).toBe(7001 * 512);
  expect(await patch(url, 7001 * 512, bytes.subarray(7001 * 512))).toMatchObject({ status: 507 });
  expect(await tus('HEAD', url)).toMatchObject({ offset: 7001 * 512 });
});
