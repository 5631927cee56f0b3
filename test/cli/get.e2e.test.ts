// waybill get: bytes to a file or standard output, resumed with Range, and checked against the digest.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type CliOutcome, LAUNCHER, runCli, startCli } from '../support/cli.ts';
import { digestOf } from '../support/bytes.ts';
import { until } from '../support/until.ts';
import { type LocalFile, CliUploadFixture } from '../support/cli-upload.ts';

const SIZE = 8 * 1_024 ** 2;

let fixture: CliUploadFixture;
let file: LocalFile;
let id: string;
beforeAll(async () => {
  fixture = await CliUploadFixture.create();
  file = await fixture.newFile('a.bin', SIZE);
  const { lines } = await fixture.upload('files');
  id = lines.find(({ event }) => event === 'uploaded')?.id ?? '';
});
afterEach(() => {
  fixture.proxy.inspect(() => undefined);
});
afterAll(() => fixture.stop());

const get = (...args: string[]): Promise<CliOutcome> =>
  runCli(['get', id, '--url', fixture.url, ...args], { cwd: fixture.dir.path });

/** Counts the bytes that come from the server, and cuts the connection after `count` of them. */
function cutAfter(count: number, times: number): () => number {
  let seen = 0;
  let total = 0;
  let cuts = 0;
  fixture.proxy.inspect((chunk, direction) => {
    if (direction === 'toServer') return;
    total += chunk.length;
    seen += chunk.length;
    if (seen < count || cuts === times) return;
    seen = 0;
    cuts += 1;
    fixture.proxy.cut();
  });
  return () => total;
}

it('writes the file under its own name, and does not replace one that exists', async () => {
  expect(await get()).toMatchObject({ code: 0, stdout: `${id}  8.0 MiB  ${join(fixture.dir.path, 'a.bin')}\n` });
  expect(digestOf(await readFile(join(fixture.dir.path, 'a.bin')))).toBe(file.sha256);
  expect(await get()).toMatchObject({ code: 2, stderr: expect.stringContaining('exists; use --force') as string });
  expect((await get('--force')).code).toBe(0);
});

it('resumes by itself when the connection is cut, without reading anything twice', async () => {
  const received = cutAfter(SIZE / 4, 2);
  const { code, stderr } = await get('-o', 'cut.bin');
  expect({ code, retries: stderr.match(/trying again in/g)?.length }).toEqual({ code: 0, retries: 2 });
  expect(digestOf(await readFile(join(fixture.dir.path, 'cut.bin')))).toBe(file.sha256);
  expect(received()).toBeLessThan(SIZE * 1.1);
});

it('resumes what a killed command left, and leaves nothing else behind', async () => {
  // Half of it comes, and no more: it must not be over before it is killed.
  let sent = 0;
  fixture.proxy.inspect((chunk, direction) => {
    if (direction === 'toClient') sent += chunk.length;
    if (sent > SIZE / 2) fixture.proxy.hold();
  });
  const cli = startCli(['get', id, '--url', fixture.url, '-o', 'killed.bin'], { cwd: fixture.dir.path });
  const part = join(fixture.dir.path, `killed.bin.${id}.part`);
  const kept = await until(
    () => readFile(part).catch(() => Buffer.alloc(0)),
    ({ length }) => length > SIZE / 4,
  );
  cli.child.kill('SIGKILL');
  await cli.ended;
  fixture.proxy.cut();
  await fixture.proxy.restore();
  const received = cutAfter(Number.POSITIVE_INFINITY, 0);
  expect((await get('-o', 'killed.bin')).code).toBe(0);
  expect(digestOf(await readFile(join(fixture.dir.path, 'killed.bin')))).toBe(file.sha256);
  expect(received()).toBeLessThan(SIZE * 1.1 - kept.length);
  expect((await readdir(fixture.dir.path)).filter((name) => name.endsWith('.part'))).toEqual([]);
});

it('writes to standard output', async () => {
  const child = spawn(process.execPath, [LAUNCHER, 'get', id, '--url', fixture.url, '-o', '-']);
  const [bytes] = await Promise.all([buffer(child.stdout), once(child, 'close')]);
  expect({ code: child.exitCode, digest: digestOf(bytes) }).toEqual({ code: 0, digest: file.sha256 });
});

it('rejects bytes with another digest, and does not keep them', async () => {
  await writeFile(join(fixture.dir.path, `wrong.bin.${id}.part`), randomBytes(1_000));
  const { code, stderr } = await get('-o', 'wrong.bin');
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/The bytes have SHA-256/) as string });
  expect((await readdir(fixture.dir.path)).filter((name) => name.startsWith('wrong.bin'))).toEqual([]);
  expect((await get('-o', 'wrong.bin')).code).toBe(0);
});

it('says why there is nothing to read', async () => {
  const unknown = 'file_01a21007-05b8-7185-951f-33fa0ace0d5a';
  expect(await runCli(['get', unknown, '--url', fixture.url])).toMatchObject({
    code: 1,
    stderr: `waybill: FILE_NOT_FOUND: There is no file ${unknown}.\n`,
  });
});
