// Which files are uploaded for the paths given, and under which names.
import { once } from 'node:events';
import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentTypeOf } from '../../cli/upload/content-type.ts';
import { findFiles } from '../../cli/upload/find-files.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';

const { signal } = new AbortController();
const ALL = { exclude: [] };

let dir: TemporaryDir;
beforeEach(async () => {
  dir = await createTemporaryDir();
});
afterEach(() => dir.remove());

const at = (name: string): string => join(dir.path, name);

describe('findFiles', () => {
  it('walks folders, and names files from the folder that was named', async () => {
    for (const name of ['photos/b.jpg', 'photos/2024/a.jpg', 'photos/.hidden', 'photos/写真.png']) {
      await dir.write(name, name);
    }
    await mkdir(at('photos/empty'));
    const { files, problems, skipped } = await findFiles([at('photos/')], ALL, signal);
    expect(files.map(({ name, size }) => [name, size])).toEqual([
      ['photos/.hidden', 14],
      ['photos/2024/a.jpg', 17],
      ['photos/b.jpg', 12],
      ['photos/写真.png', 17],
    ]);
    expect(files.every(({ path, name }) => path === at(name))).toBe(true);
    expect([problems, skipped]).toEqual([[], []]);
  });

  it('gives a single file its base name, and finds a path given twice once', async () => {
    const path = await dir.write('deep/down/a.txt', 'a');
    const { files } = await findFiles([path, at('deep'), path], ALL, signal);
    expect(files).toEqual([{ path, name: 'a.txt', size: 1 }]);
  });

  it('reports what cannot be read, and continues', async () => {
    const path = await dir.write('there.txt', '');
    const { files, problems } = await findFiles([at('not there'), path, join(path, 'below')], ALL, signal);
    expect(files.map(({ name }) => name)).toEqual(['there.txt']);
    const reason = 'no such file or folder';
    expect(problems).toEqual([
      { path: at('not there'), reason },
      { path: join(path, 'below'), reason },
    ]);
  });

  it('follows links to files, and to folders only when named; skips what is not a file', async () => {
    const target = await dir.write('target/x.txt', 'x');
    await dir.write('folder/real.txt', 'r');
    await symlink(target, at('folder/link.txt'));
    await symlink(at('folder'), at('folder/circle'));
    await symlink(at('gone'), at('folder/broken'));
    await symlink(at('target'), at('named'));
    const socket = createServer().listen(at('folder/socket'));
    await once(socket, 'listening');
    const { files, skipped, problems } = await findFiles([at('folder'), at('named')], ALL, signal);
    socket.close();
    expect(files.map(({ name }) => name)).toEqual(['folder/link.txt', 'folder/real.txt', 'named/x.txt']);
    expect(skipped).toEqual([
      { path: at('folder/circle'), reason: 'a link to a folder' },
      { path: at('folder/socket'), reason: 'not a file' },
    ]);
    expect(problems).toEqual([{ path: at('folder/broken'), reason: 'no such file or folder' }]);
  });

  it('reports what was named and is not a file, and takes FIFOs and standard input as streams', async () => {
    const socket = createServer().listen(at('socket'));
    await once(socket, 'listening');
    execFileSync('sh', ['-c', 'mkfifo "$0"', at('fifo')]);
    const found = await findFiles([at('socket'), at('fifo'), '-', '/dev/stdin', '/dev/null'], ALL, signal);
    socket.close();
    expect(found.problems.map(({ reason }) => reason)).toEqual(['not a file', 'not a file']);
    expect(found.streams).toEqual([
      { path: at('fifo'), name: 'fifo' },
      { path: '-', name: 'stdin' },
      { path: '-', name: 'stdin' },
    ]);
  });

  it('reports names that are not UTF-8, and goes on', async () => {
    await dir.write('folder/good', '');
    await writeFile(Buffer.concat([Buffer.from(`${at('folder')}/caf`), Buffer.from([0xe9])]), 'latin 1');
    const { files, problems } = await findFiles([at('folder'), at('folder/caf\ufffd')], ALL, signal);
    expect(files.map(({ name }) => name)).toEqual(['folder/good']);
    const problem = { path: at('folder/caf\ufffd'), reason: 'its name is not UTF-8' };
    expect(problems).toEqual([problem, problem]);
  });

  it('leaves out what matches --exclude', async () => {
    for (const name of ['p/a.tmp', 'p/b.txt', 'p/node_modules/x/y', 'p/deep/c.tmp', 'p/deep/d'])
      await dir.write(name, '');
    const find = async (...exclude: string[]): Promise<string[]> =>
      (await findFiles([at('p')], { exclude }, signal)).files.map(({ name }) => name);
    expect(await find('*.tmp', 'node_modules/')).toEqual(['p/b.txt', 'p/deep/d']);
    expect(await find('p/deep/*')).toEqual(['p/a.tmp', 'p/b.txt', 'p/node_modules/x/y']);
  });

  it('stops when it is interrupted', async () => {
    await dir.write('a/b', '');
    await expect(findFiles([at('a')], ALL, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

it.each([
  ['a.jpg', 'image/jpeg'],
  ['dir.png/A.JPEG', 'image/jpeg'],
  ['archive.tar.gz', 'application/gzip'],
  ['noending', 'application/octet-stream'],
  ['.txt', 'application/octet-stream'],
  ['a.constructor', 'application/octet-stream'],
])('contentTypeOf(%j) is %s', (name, type) => {
  expect(contentTypeOf(name)).toBe(type);
});
