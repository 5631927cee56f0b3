// What is remembered of uploads: by what they are, whole or not at all, and not for ever.
import { mkdir, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ResumeStore, type UploadIdentity, keyOf } from '../../cli/upload/resume-store.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';

const IDENTITY: UploadIdentity = { serverUrl: 'http://127.0.0.1:4000', path: '/a/b', size: 5, mtimeNs: 1_000_000_007n };
const DAY_MS = 86_400_000;

let dir: TemporaryDir;
let store: ResumeStore;
beforeEach(async () => {
  dir = await createTemporaryDir();
  store = new ResumeStore(dir.path);
});
afterEach(() => dir.remove());

const recordPath = (): string => join(dir.path, 'uploads', `${keyOf(IDENTITY)}.json`);

it('remembers the file of an upload, until it is told another or to forget', async () => {
  expect(await store.read(IDENTITY)).toBeNull();
  await store.write(IDENTITY, 'file_1');
  expect(await new ResumeStore(dir.path).read(IDENTITY)).toBe('file_1');
  await store.write(IDENTITY, 'file_2');
  expect(await store.read(IDENTITY)).toBe('file_2');
});

it.each([{ serverUrl: 'http://127.0.0.1:4001' }, { path: '/a/c' }, { size: 6 }, { mtimeNs: 1_000_000_008n }])(
  'takes an upload with another %o for another one',
  async (difference) => {
    await store.write(IDENTITY, 'file_1');
    expect(await store.read({ ...IDENTITY, ...difference })).toBeNull();
  },
);

it('keeps records that a person can read and nobody else', async () => {
  await store.write(IDENTITY, 'file_1');
  expect(JSON.parse(await readFile(recordPath(), 'utf8'))).toEqual({
    fileId: 'file_1',
    server: 'http://127.0.0.1:4000',
    path: '/a/b',
    size: 5,
    mtimeNs: '1000000007',
  });
  expect((await stat(recordPath())).mode & 0o777).toBe(0o600);
  expect((await stat(join(dir.path, 'uploads'))).mode & 0o777).toBe(0o700);
});

it.each(['', '{"fileId": "file_', '[]', 'null', '{"fileId": 7}'])('takes a broken record %j for none', async (text) => {
  await mkdir(join(dir.path, 'uploads'));
  await writeFile(recordPath(), text);
  expect(await store.read(IDENTITY)).toBeNull();
  await store.write(IDENTITY, 'file_1');
  expect(await store.read(IDENTITY)).toBe('file_1');
});

it('a hundred writers at once leave one whole record and nothing else', async () => {
  await Promise.all(
    Array.from({ length: 100 }, (_, index) => new ResumeStore(dir.path).write(IDENTITY, `file_${index}`)),
  );
  expect(await store.read(IDENTITY)).toMatch(/^file_\d+$/);
  expect(await readdir(join(dir.path, 'uploads'))).toHaveLength(1);
});

it('forgets what nobody has asked for in three months', async () => {
  const other = { ...IDENTITY, path: '/other' };
  await store.write(IDENTITY, 'file_1');
  await store.write(other, 'file_2');
  const now = Date.now();
  const old = new Date(now - 91 * DAY_MS);
  for (const name of await readdir(join(dir.path, 'uploads'))) await utimes(join(dir.path, 'uploads', name), old, old);
  expect(await store.read(other), 'in use').toBe('file_2');
  await store.prune(now);
  expect([await store.read(IDENTITY), await store.read(other)]).toEqual([null, 'file_2']);
  await new ResumeStore(join(dir.path, 'not there')).prune(now);
});
