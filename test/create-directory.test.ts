// Directories are created with those above them, and what cannot be created fails at once.
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDirectory } from '../src/create-directory.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'waybill-directory-'));
});

afterAll(() => rm(root, { recursive: true, force: true }));

test('creates all that is missing, and says which one is the topmost', async () => {
  const path = join(root, 'a', 'b', 'c');
  expect(await createDirectory(path, 0o700)).toBe(join(root, 'a'));
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  expect(await createDirectory(join(root, 'a', 'b', 'd'), 0o700)).toBe(join(root, 'a', 'b', 'd'));
});

test('leaves alone what is there', async () => {
  expect(await createDirectory(root, 0o700)).toBeUndefined();
});

test.runIf(process.platform === 'linux')('fails at once below /proc, where nothing can be created', async () => {
  await expect(createDirectory('/proc/nope/deeper', 0o700)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('refuses a file in its place, and one on the way', async () => {
  const file = join(root, 'file');
  await writeFile(file, '');
  await expect(createDirectory(file, 0o700)).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(createDirectory(join(file, 'below'), 0o700)).rejects.toMatchObject({ code: 'ENOTDIR' });
});
