// waybill upload, interrupted in the middle in every way: the same command again resumes the same file.
import { rm, utimes, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileFacts } from '../../cli/api/files.ts';
import { transition } from '../support/client.ts';
import { until } from '../support/until.ts';
import { type LocalFile, CliUploadFixture } from '../support/cli-upload.ts';

const MIB = 1_024 ** 2;
const SIZE = 16 * MIB;

let fixture: CliUploadFixture;
let file: LocalFile;
beforeEach(async () => {
  fixture = await CliUploadFixture.create();
  file = await fixture.newFile('a.bin', SIZE);
});
afterEach(() => fixture.stop());

async function readOnly(): Promise<FileFacts> {
  const files = await fixture.readFiles();
  expect(files).toHaveLength(1);
  return files[0]!;
}

/** Starts an upload and stops it when about half of the bytes have been sent. */
async function stopHalfWay(
  signal: NodeJS.Signals,
  ...args: string[]
): Promise<{ code: number | null; stderr: string }> {
  fixture.proxy.delay(1);
  const cli = fixture.start('files', ...args);
  fixture.proxy.afterBytes(SIZE / 2, () => cli.child.kill(signal));
  const outcome = await cli.ended;
  fixture.proxy.delay(0);
  return outcome;
}

/** Uploads the rest, and checks that it was the rest of the same file. */
async function expectResumed(...args: string[]): Promise<void> {
  const { id } = await readOnly();
  const { code, lines, stderr } = await fixture.upload('files', ...args);
  expect({ code, stderr, id: lines[1]?.id }).toEqual({ code: 0, stderr: '', id });
  const { bytes } = lines.at(-1)!;
  expect(bytes, 'bytes sent by the second command').toBeLessThan(SIZE);
  expect(await readOnly()).toMatchObject({ id, sha256: file.sha256, bytesReceived: SIZE });
}

describe.each([
  ['in one request', '1GiB'],
  ['in chunks', '1MiB'],
])('%s', (_how, chunkSize) => {
  it('Ctrl-C stops it with 130 and says how to resume', async () => {
    const { code, stderr } = await stopHalfWay('SIGINT', '--chunk-size', chunkSize);
    expect(code).toBe(130);
    expect(stderr).toContain('Run the same command again to resume.');
    await expectResumed('--chunk-size', chunkSize);
  });

  it('kill -9 loses nothing that had arrived', async () => {
    expect((await stopHalfWay('SIGKILL', '--chunk-size', chunkSize)).code).toBeNull();
    await expectResumed('--chunk-size', chunkSize);
  });

  it('after a crash before the id was remembered, the file is not registered twice', async () => {
    await stopHalfWay('SIGKILL', '--chunk-size', chunkSize);
    await rm(join(fixture.dir.path, 'state'), { recursive: true });
    await expectResumed('--chunk-size', chunkSize);
  });
});

it('resumes by itself when the connection is cut repeatedly', async () => {
  let cuts = 0;
  const cut = (): void => {
    cuts += 1;
    fixture.proxy.cut();
    if (cuts < 4) fixture.proxy.afterBytes(3 * MIB, cut);
  };
  fixture.proxy.afterBytes(3 * MIB, cut);
  const { code, lines } = await fixture.upload('files');
  expect({ code, cuts }).toEqual({ code: 0, cuts: 4 });
  expect(lines.filter(({ event }) => event === 'delayed').length).toBeGreaterThanOrEqual(1);
  expect(await readOnly()).toMatchObject({ sha256: file.sha256, attempts: 1 });
});

it('retries a file with a retryable failure', async () => {
  await stopHalfWay('SIGKILL');
  const { id } = await until(readOnly, ({ bytesReceived }) => bytesReceived > 0);
  const failure = { code: 'UPLOAD_STALLED', message: 'No bytes came.', retryable: true };
  await transition(fixture.instance.url, id, 'FAIL_UPLOAD', { failure });
  await expectResumed();
  expect((await readOnly()).attempts).toBe(2);
});

it('does not retry a file with a permanent failure', async () => {
  await stopHalfWay('SIGKILL');
  const { id } = await until(readOnly, ({ bytesReceived }) => bytesReceived > 0);
  const failure = { code: 'NO', message: 'Never.', retryable: false };
  const answer = await transition(fixture.instance.url, id, 'FAIL_UPLOAD', { failure });
  expect(answer).toMatchObject({ __typename: 'TransitionFileSuccess' });
  const { code, lines } = await fixture.upload('files');
  expect(code).toBe(1);
  const failed = lines.find(({ event }) => event === 'failed');
  expect(failed).toMatchObject({ id, code: 'NO' });
  expect(failed?.message).toContain(`waybill rm ${id}`);
});

it('two concurrent commands upload the file once', async () => {
  const outcomes = await Promise.all([fixture.upload('files'), fixture.upload('files')]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
  expect(await readOnly()).toMatchObject({ sha256: file.sha256, attempts: 1 });
});

it('with --checksum, the server rejects other bytes than those declared', async () => {
  const time = new Date(1_500_000_000_000);
  await utimes(file.path, time, time);
  await stopHalfWay('SIGKILL', '--checksum');
  expect(await readOnly()).toMatchObject({ sha256: file.sha256 });
  // Same size, same time: the command cannot see that the content changed.
  await writeFile(file.path, randomBytes(SIZE));
  await utimes(file.path, time, time);
  const { code, lines } = await fixture.upload('files', '--checksum');
  expect(code).toBe(1);
  expect(lines.find(({ event }) => event === 'failed')).toMatchObject({ code: 'DIGEST_MISMATCH' });
  expect(await readOnly()).toMatchObject({ state: 'FAILED', failure: { code: 'DIGEST_MISMATCH' } });
});
