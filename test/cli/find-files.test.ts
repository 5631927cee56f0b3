// What is uploaded when files and folders are named, and under which names.
import { once } from 'node:events';
import { mkdir, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentTypeOf } from '../../cli/upload/content-type.ts';
import { findFiles } from '../../cli/upload/find-files.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';

const { signal } = new AbortController();

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
    const { files, problems, skipped } = await findFiles([at('photos/')], signal);
    expect(files.map(({ name, size }) => [name, size])).toEqual([
      ['photos/.hidden', 14],
      ['photos/2024/a.jpg', 17],
      ['photos/b.jpg', 12],
      ['photos/写真.png', 17],
    ]);
    expect(files.every(({ path, name }) => path === at(name))).toBe(true);
    expect([problems, skipped]).toEqual([[], []]);
  });

  it('names a file that is named itself by its last part, and finds what is named twice once', async () => {
    const path = await dir.write('deep/down/a.txt', 'a');
    const { files } = await findFiles([path, at('deep'), path], signal);
    expect(files).toEqual([{ path, name: 'a.txt', size: 1 }]);
  });

  it('tells what cannot be read, and goes on', async () => {
    const path = await dir.write('there.txt', '');
    const { files, problems } = await findFiles([at('not there'), path, join(path, 'below')], signal);
    expect(files.map(({ name }) => name)).toEqual(['there.txt']);
    const reason = 'there is no such file or folder';
    expect(problems).toEqual([
      { path: at('not there'), reason },
      { path: join(path, 'below'), reason },
    ]);
  });

  it('follows links to files, none to folders but those named, and leaves out what is no file', async () => {
    const target = await dir.write('target/x.txt', 'x');
    await dir.write('folder/real.txt', 'r');
    await symlink(target, at('folder/link.txt'));
    await symlink(at('folder'), at('folder/circle'));
    await symlink(at('gone'), at('folder/broken'));
    await symlink(at('target'), at('named'));
    const socket = createServer().listen(at('folder/socket'));
    await once(socket, 'listening');
    const { files, skipped, problems } = await findFiles([at('folder'), at('named')], signal);
    socket.close();
    expect(files.map(({ name }) => name)).toEqual(['folder/link.txt', 'folder/real.txt', 'named/x.txt']);
    expect(skipped).toEqual([
      { path: at('folder/circle'), reason: 'a link to a folder' },
      { path: at('folder/socket'), reason: 'not a file' },
    ]);
    expect(problems).toEqual([{ path: at('folder/broken'), reason: 'there is no such file or folder' }]);
  });

  it('stops when it is interrupted', async () => {
    await dir.write('a/b', '');
    await expect(findFiles([at('a')], AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
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
