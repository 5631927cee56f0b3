// waybill upload against a real server: folders, bytes and digests, output, and exit codes.
import { appendFile, mkdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileFacts } from '../../cli/api/files.ts';
import { transition } from '../support/client.ts';
import { deleteFile } from '../support/operations.ts';
import { until } from '../support/until.ts';
import { CliUploadFixture } from '../support/cli-upload.ts';

const MIB = 1_024 ** 2;

let fixture: CliUploadFixture;
beforeEach(async () => {
  fixture = await CliUploadFixture.create();
});
afterEach(() => fixture.stop());

const eventsOf = (lines: readonly { readonly event: string }[], event: string): number =>
  lines.filter((line) => line.event === event).length;

/** The only file. */
async function readOnly(): Promise<FileFacts> {
  const files = await fixture.readFiles();
  expect(files).toHaveLength(1);
  return files[0]!;
}

it('uploads folders and empty files with names, types and metadata; a second run finds them all', async () => {
  const files = [
    await fixture.newFile('a.jpg', 3 * MIB),
    await fixture.newFile('deep/er/b.bin', 1),
    await fixture.newFile('deep/空.txt', 0),
    await fixture.newFile('deep/c.pdf', MIB + 1),
  ];
  const first = await fixture.upload('files', '--chunk-size', '1MiB', '--metadata', 'from=test');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  const stored = new Map((await fixture.readFiles()).map((file) => [file.name, file]));
  expect([...stored.keys()].toSorted()).toEqual([
    'files/a.jpg',
    'files/deep/c.pdf',
    'files/deep/er/b.bin',
    'files/deep/空.txt',
  ]);
  for (const { path, sha256, bytes } of files) {
    const file = stored.get(path.slice(fixture.dir.path.length + 1));
    expect(file).toMatchObject({ sha256, size: bytes.length, bytesReceived: bytes.length, metadata: { from: 'test' } });
    expect(['PROCESSING', 'INDEXED']).toContain(file?.state);
  }
  expect(stored.get('files/a.jpg')?.contentType).toBe('image/jpeg');
  expect(first.lines.at(-1)).toMatchObject({ event: 'summary', uploaded: 4, found: 0, failed: 0, bytes: 4 * MIB + 2 });
  const second = await fixture.upload('files');
  expect(second).toMatchObject({ code: 0, stderr: '' });
  expect(second.lines.at(-1)).toMatchObject({ event: 'summary', uploaded: 0, found: 4, failed: 0, bytes: 0 });
  expect(await fixture.readFiles()).toHaveLength(4);
});

it('prints a line per event when standard output is not a terminal', async () => {
  await fixture.newFile('a.bin', 2 * MIB);
  const { code, stdout, stderr } = await fixture.start('files').ended;
  const { id } = await readOnly();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n')).toEqual([
    `registered  ${id}  files/a.bin  2.0 MiB`,
    expect.stringMatching(`^uploaded    ${id}  files/a.bin  2\\.0 MiB  in \\S+ m?s$`),
    expect.stringMatching(/^1 uploaded; 2\.0 MiB in \S+ m?s \(.*\/s\)$/),
  ]);
  expect(stdout).not.toContain('\u001b');
});

it('uploads what it can, reports the rest, and exits with 1', async () => {
  await fixture.newFile('a.bin', 10);
  const { code, lines } = await fixture.upload('files', 'not there');
  expect(code).toBe(1);
  expect(lines).toContainEqual(
    expect.objectContaining({ event: 'failed', path: join(fixture.dir.path, 'not there'), code: 'SOURCE_UNREADABLE' }),
  );
  expect(lines.at(-1)).toMatchObject({ event: 'summary', uploaded: 1, failed: 1 });
});

it('has nothing to do in an empty folder', async () => {
  await mkdir(join(fixture.dir.path, 'empty'));
  expect(await fixture.start('empty').ended).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^nothing to upload; 0 B in \d+ ms\n$/) as string,
  });
});

describe('--wait', () => {
  it('waits until each file is INDEXED or FAILED, and exits accordingly', async () => {
    const names = ['a.bin', 'b.bin', 'c.bin'];
    for (const name of names) await fixture.newFile(name, 1_000);
    const cli = fixture.start('--json', '--wait', 'files');
    const files = await until(
      () => fixture.readFiles(),
      (all) => all.filter(({ state }) => state === 'PROCESSING').length === 3,
    );
    expect(cli.stdout()).not.toContain('"summary"');
    const ids = new Map(files.map(({ name, id }) => [name, id]));
    await transition(fixture.instance.url, ids.get('files/a.bin')!, 'COMPLETE_PROCESSING');
    await transition(fixture.instance.url, ids.get('files/c.bin')!, 'COMPLETE_PROCESSING');
    const failure = { code: 'NOT_A_PICTURE', message: 'It is no picture.' };
    await transition(fixture.instance.url, ids.get('files/b.bin')!, 'FAIL_PROCESSING', { failure });
    const { code, stdout } = await cli.ended;
    expect(code).toBe(1);
    expect(stdout).toContain('"code":"NOT_A_PICTURE"');
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({ uploaded: 3, indexed: 2, failed: 1 });
  });
});

describe('a file that changes while it is uploaded', () => {
  it.each([
    ['grows', (path: string) => appendFile(path, 'more')],
    ['shrinks', (path: string) => truncate(path, 5)],
  ])('and %s is reported, not completed, and uploaded anew the next time', async (_how, change) => {
    const { path } = await fixture.newFile('a.bin', 4 * MIB);
    const changed = new Promise<void>((resolve, reject) => {
      fixture.proxy.afterBytes(2 * MIB, () => void change(path).then(resolve, reject));
    });
    const { code, lines } = await fixture.upload('files', '--chunk-size', '1MiB');
    await changed;
    expect(code).toBe(1);
    expect(lines).toContainEqual(expect.objectContaining({ event: 'failed', code: 'SOURCE_CHANGED' }));
    expect(await readOnly()).toMatchObject({ state: 'FAILED', failure: { code: 'SOURCE_CHANGED', retryable: false } });
    expect((await fixture.upload('files')).code).toBe(0);
    expect((await fixture.readFiles()).map(({ state }) => state === 'FAILED')).toEqual([false, true]);
  });
});

it('a file deleted on the server during the upload is reported; the next run registers a new one', async () => {
  await fixture.newFile('a.bin', 4 * MIB);
  const cli = fixture.start('--json', '--chunk-size', '1MiB', 'files');
  const deleted = new Promise<void>((resolve, reject) => {
    fixture.proxy.afterBytes(2 * MIB, () => {
      void readOnly()
        .then(({ id }) => deleteFile(fixture.instance.url, id))
        .then(() => resolve(), reject);
    });
  });
  await deleted;
  const { code, stdout } = await cli.ended;
  expect(code).toBe(1);
  expect(stdout).toContain('"event":"failed"');
  expect(await fixture.readFiles()).toEqual([]);
  expect((await fixture.upload('files')).code).toBe(0);
  await deleteFile(fixture.instance.url, (await readOnly()).id);
  expect((await fixture.upload('files')).code).toBe(0);
  await readOnly();
});

it('a registration that is refused is reported with the server’s reason', async () => {
  await fixture.stop();
  fixture = await CliUploadFixture.create({ WAYBILL_MAX_UPLOAD_BYTES: '1000' });
  await fixture.newFile('big.bin', 1_001);
  await fixture.newFile('small.bin', 1_000);
  const { code, lines } = await fixture.upload('files');
  expect(code).toBe(1);
  expect(lines).toContainEqual(
    expect.objectContaining({ event: 'failed', name: 'files/big.bin', code: 'INVALID_INPUT', id: null }),
  );
  expect(eventsOf(lines, 'uploaded')).toBe(1);
});
