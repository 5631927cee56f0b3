// A local file while it is uploaded: its bytes, its digest, and that every change is noticed.
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Source } from '../../cli/upload/source.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';

const { signal } = new AbortController();
const bytes = randomBytes(1_000_000);

let dir: TemporaryDir;
let path: string;
let source: Source;
beforeEach(async () => {
  dir = await createTemporaryDir();
  path = await dir.write('a.bin', bytes);
  // Long ago, since some file systems count time in milliseconds.
  await utimes(path, 1_500_000_000, 1_500_000_000);
  source = await Source.open(path);
});
afterEach(async () => {
  await source.close();
  await dir.remove();
});

it('reads any part, and digests the whole', async () => {
  expect(source.size).toBe(bytes.length);
  for (const [start, end] of [
    [0, 1],
    [0, bytes.length],
    [262_143, 262_145],
    [999_999, 1_000_000],
  ] as const) {
    expect((await buffer(source.read(start, end))).equals(bytes.subarray(start, end))).toBe(true);
  }
  const seen: number[] = [];
  const digest = await source.digest((read) => seen.push(read), signal);
  expect(digest).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(seen.at(-1)).toBe(bytes.length);
});

describe.each([
  ['grows', () => appendFile(path, 'x'), /had 1000000 bytes and has 1000001/],
  ['shrinks', () => truncate(path, 10), /had 1000000 bytes and has 10/],
  ['is written to', () => writeFile(path, randomBytes(bytes.length)), /written to or replaced/],
  ['is removed', () => rm(path), /it is gone/],
  ['is replaced by a copy of the same age', () => replace(), /written to or replaced/],
])('when the file %s', (_how, change, message) => {
  it('throws before the last byte of the part being read', async () => {
    const part = source.read(0, bytes.length);
    let read = 0;
    const reading = (async () => {
      for await (const block of part) {
        if (read === 0) await change();
        read += (block as Buffer).length;
      }
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
      message: expect.stringMatching(message) as string,
    });
    expect(read).toBeLessThan(bytes.length);
    await expect(source.assertUnchanged()).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  });
});

async function replace(): Promise<void> {
  const other = await dir.write('other.bin', bytes);
  const seconds = (await stat(path)).mtimeMs / 1_000;
  await utimes(other, seconds, seconds);
  await rename(other, path);
}

it('explains why a file cannot be opened', async () => {
  const reading = Source.open(`${path}.not`);
  const message = 'Cannot read the file: no such file or folder.';
  await expect(reading).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE', message });
});
