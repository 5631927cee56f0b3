// Records of uploads: found by identity, written atomically, and pruned.
import { mkdir, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ResumeStore, type UploadIdentity, keyOf } from '../../cli/upload/resume-store.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';

const IDENTITY: UploadIdentity = { path: '/a/b', size: 5, mtimeNs: 1_000_000_007n };
const URL = 'http://127.0.0.1:4000';
const DAY_MS = 86_400_000;

let dir: TemporaryDir;
let store: ResumeStore;
beforeEach(async () => {
  dir = await createTemporaryDir();
  store = new ResumeStore(dir.path);
});
afterEach(() => dir.remove());

const recordPath = (): string => join(dir.path, 'uploads', `${keyOf(IDENTITY)}.json`);

it('remembers the ids of an upload', async () => {
  expect(store.read(IDENTITY)).toEqual([]);
  await store.write(IDENTITY, 'file_1', URL);
  expect(new ResumeStore(dir.path).read(IDENTITY)).toEqual(['file_1']);
  await store.write(IDENTITY, 'file_2', URL);
  expect(store.read(IDENTITY)).toEqual(['file_2', 'file_1']);
  await store.write(IDENTITY, 'file_1', URL);
  expect(store.read(IDENTITY), 'newest first, each once').toEqual(['file_1', 'file_2']);
});

it.each([{ path: '/a/c' }, { size: 6 }, { mtimeNs: 1_000_000_008n }])(
  'an upload that differs in %o is another upload',
  async (difference) => {
    await store.write(IDENTITY, 'file_1', URL);
    expect(store.read({ ...IDENTITY, ...difference })).toEqual([]);
  },
);

it('writes records that only their owner can read', async () => {
  await store.write(IDENTITY, 'file_1', URL);
  expect(JSON.parse(await readFile(recordPath(), 'utf8'))).toEqual({
    files: [{ fileId: 'file_1', server: URL }],
    path: '/a/b',
    size: 5,
    mtimeNs: '1000000007',
  });
  expect((await stat(recordPath())).mode & 0o777).toBe(0o600);
  expect((await stat(join(dir.path, 'uploads'))).mode & 0o777).toBe(0o700);
});

it.each(['', '{"files": [', '[]', 'null', '{"files": 7}', '{"files": [{}]}'])(
  'ignores the broken record %j',
  async (text) => {
    await mkdir(join(dir.path, 'uploads'));
    await writeFile(recordPath(), text);
    expect(store.read(IDENTITY)).toEqual([]);
    await store.write(IDENTITY, 'file_1', URL);
    expect(store.read(IDENTITY)).toEqual(['file_1']);
  },
);

it('a hundred concurrent writers leave one complete record and no other file', async () => {
  await Promise.all(
    Array.from({ length: 100 }, (_, index) => new ResumeStore(dir.path).write(IDENTITY, `file_${index}`, URL)),
  );
  expect(store.read(IDENTITY)[0]).toMatch(/^file_\d+$/);
  expect(await readdir(join(dir.path, 'uploads'))).toHaveLength(1);
});

it('prunes records not used for three months', async () => {
  const other = { ...IDENTITY, path: '/other' };
  await store.write(IDENTITY, 'file_1', URL);
  await store.write(other, 'file_2', URL);
  const now = Date.now();
  const old = new Date(now - 91 * DAY_MS);
  for (const name of await readdir(join(dir.path, 'uploads'))) await utimes(join(dir.path, 'uploads', name), old, old);
  expect(store.read(other), 'in use').toEqual(['file_2']);
  await store.prune(now);
  expect([store.read(IDENTITY), store.read(other)]).toEqual([[], ['file_2']]);
  await new ResumeStore(join(dir.path, 'not there')).prune(now);
});
