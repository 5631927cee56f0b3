// waybill upload, stopped in the middle in every way there is: the same command again goes on with the same file.
import { rm, utimes, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileFacts } from '../../cli/api/files.ts';
import { transition } from '../support/client.ts';
import { until } from '../support/until.ts';
import { type LocalFile, UploadStage } from '../support/upload-stage.ts';

const MIB = 1_024 ** 2;
const SIZE = 16 * MIB;

let stage: UploadStage;
let file: LocalFile;
beforeEach(async () => {
  stage = await UploadStage.set();
  file = await stage.newFile('a.bin', SIZE);
});
afterEach(() => stage.strike());

async function readOnly(): Promise<FileFacts> {
  const files = await stage.readFiles();
  expect(files).toHaveLength(1);
  return files[0]!;
}

/** Starts an upload and stops it when about half of the bytes have gone. */
async function stopHalfWay(
  signal: NodeJS.Signals,
  ...args: string[]
): Promise<{ code: number | null; stderr: string }> {
  stage.proxy.delay(1);
  const cli = stage.start('files', ...args);
  stage.onBytes(SIZE / 2, () => cli.child.kill(signal));
  const outcome = await cli.ended;
  stage.proxy.delay(0);
  return outcome;
}

/** Uploads the rest, and proves that it was the rest of the same file. */
async function expectResumed(...args: string[]): Promise<void> {
  const { id } = await readOnly();
  const { code, lines, stderr } = await stage.upload('files', ...args);
  expect({ code, stderr, id: lines[1]?.id }).toEqual({ code: 0, stderr: '', id });
  const { bytes } = lines.at(-1)!;
  expect(bytes, 'bytes sent by the second').toBeLessThan(SIZE);
  expect(await readOnly()).toMatchObject({ id, sha256: file.sha256, bytesReceived: SIZE });
}

describe.each([
  ['in one request', '1GiB'],
  ['in chunks', '1MiB'],
])('%s', (_how, chunkSize) => {
  it('Ctrl-C stops it with 130 and says how to go on', async () => {
    const { code, stderr } = await stopHalfWay('SIGINT', '--chunk-size', chunkSize);
    expect(code).toBe(130);
    expect(stderr).toContain('The same command again goes on where this one stopped.');
    await expectResumed('--chunk-size', chunkSize);
  });

  it('kill -9 loses nothing that had arrived', async () => {
    expect((await stopHalfWay('SIGKILL', '--chunk-size', chunkSize)).code).toBeNull();
    await expectResumed('--chunk-size', chunkSize);
  });

  it('a crash before it was remembered registers nothing twice', async () => {
    await stopHalfWay('SIGKILL', '--chunk-size', chunkSize);
    await rm(join(stage.dir.path, 'state'), { recursive: true });
    await expectResumed('--chunk-size', chunkSize);
  });
});

it('goes on by itself when the connection is cut, again and again', async () => {
  let seen = 0;
  let cuts = 0;
  stage.proxy.inspect((chunk) => {
    seen += chunk.length;
    if (seen < 3 * MIB || cuts === 4) return true;
    seen = 0;
    cuts += 1;
    return false;
  });
  const { code, lines } = await stage.upload('files');
  expect({ code, cuts }).toEqual({ code: 0, cuts: 4 });
  expect(lines.filter(({ event }) => event === 'delayed').length).toBeGreaterThanOrEqual(1);
  expect(await readOnly()).toMatchObject({ sha256: file.sha256, attempts: 1 });
});

it('tries a failed file again if that could help', async () => {
  await stopHalfWay('SIGKILL');
  const { id } = await until(readOnly, ({ bytesReceived }) => bytesReceived > 0);
  const failure = { code: 'UPLOAD_STALLED', message: 'No bytes came.', retryable: true };
  await transition(stage.instance.url, id, 'FAIL_UPLOAD', { failure });
  await expectResumed();
  expect((await readOnly()).attempts).toBe(2);
});

it('leaves a failed file alone if it could not', async () => {
  await stopHalfWay('SIGKILL');
  const { id } = await readOnly();
  await transition(stage.instance.url, id, 'FAIL_UPLOAD', {
    failure: { code: 'NO', message: 'Never.', retryable: false },
  });
  const { code, lines } = await stage.upload('files');
  expect(code).toBe(1);
  const failed = lines.find(({ event }) => event === 'failed');
  expect(failed).toMatchObject({ id, code: 'NO' });
  expect(failed?.message).toContain(`waybill rm ${id}`);
});

it('two commands at once upload the file once', async () => {
  const outcomes = await Promise.all([stage.upload('files'), stage.upload('files')]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
  expect(await readOnly()).toMatchObject({ sha256: file.sha256, attempts: 1 });
});

it('with --checksum, bytes that are not those declared are refused', async () => {
  const time = new Date(1_500_000_000_000);
  await utimes(file.path, time, time);
  await stopHalfWay('SIGKILL', '--checksum');
  expect(await readOnly()).toMatchObject({ sha256: file.sha256 });
  // Same size, same time: nothing on this side tells that it is another.
  await writeFile(file.path, randomBytes(SIZE));
  await utimes(file.path, time, time);
  const { code, lines } = await stage.upload('files', '--checksum');
  expect(code).toBe(1);
  expect(lines.find(({ event }) => event === 'failed')).toMatchObject({ code: 'DIGEST_MISMATCH' });
  expect(await readOnly()).toMatchObject({ state: 'FAILED', failure: { code: 'DIGEST_MISMATCH' } });
});
