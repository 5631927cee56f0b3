// How runs end before their time: cancelled, closed, killed, out of room; and that nothing is left of them.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/processing/run-file.ts';
import { readProcesses } from '../../src/processing/sandbox/processes.ts';
import { createTemporaryDir } from '../support/temporary-dir.ts';
import { FIXTURES, type TestRunner, childPids, hostileJob, jobOf, openRunner, tempDirOf } from './runner.ts';

const CANCELED = {
  outcome: 'failed',
  failure: { code: 'CANCELED', message: 'Processing was cancelled.', retryable: true },
};

/** Resolves once the processor has begun; the outcome comes later. */
async function begin(
  runner: TestRunner,
  does: string,
  { signal } = new AbortController(),
): Promise<{ outcome: Promise<Outcome> }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const outcome = runner.run(hostileJob(does, { signal, onProgress: () => resolve() }));
  await promise;
  return { outcome };
}

const filesIn = (runner: TestRunner): string[] =>
  existsSync(tempDirOf(runner.dir)) ? readdirSync(tempDirOf(runner.dir), { recursive: true }).map(String) : [];

/** The temporary files that hold something. */
const bytesIn = (runner: TestRunner): string[] =>
  filesIn(runner).filter((path) => path.endsWith('bytes') && statSync(join(tempDirOf(runner.dir), path)).size > 0);

describe('a file that is cancelled', () => {
  test.each(['waits forever', 'loops'])('while a processor %s ends, with its child and its bytes', async (does) => {
    await using runner = await openRunner(['hostile']);
    const cancel = new AbortController();
    const { outcome } = await begin(runner, does, cancel);
    expect(bytesIn(runner)).toHaveLength(1);
    cancel.abort();
    expect(await outcome).toEqual(CANCELED);
    expect(await childPids()).toEqual([]);
    expect(bytesIn(runner)).toEqual([]);
    expect(await runner.run(hostileJob('finds nothing at all'))).toMatchObject({ outcome: 'completed' });
  });

  test('before or while its bytes are fetched ends too, and its source is closed', async () => {
    await using runner = await openRunner(['facts']);
    expect(await runner.run(jobOf('x', {}, { signal: AbortSignal.abort() }))).toEqual(CANCELED);

    const hanging = new Readable({ read() {} });
    const slow = new AbortController();
    const open = async (): Promise<Readable> => {
      setTimeout(() => slow.abort(), 10);
      return hanging;
    };
    expect(await runner.run(jobOf('x', {}, { signal: slow.signal, open }))).toEqual(CANCELED);
    expect(hanging.destroyed).toBe(true);

    const never = new AbortController();
    const opening = async (): Promise<Readable> => {
      setTimeout(() => never.abort(), 10);
      return await new Promise<Readable>(() => {});
    };
    expect(await runner.run(jobOf('x', {}, { signal: never.signal, open: opening }))).toEqual(CANCELED);
    expect(await runner.run(jobOf('still'))).toMatchObject({ text: 'still' });
  });
});

describe('close', () => {
  test('ends what runs, waits and starts, and leaves neither process nor file', async () => {
    await using runner = await openRunner(['facts', 'hostile']);
    await runner.run(jobOf('leaves an idle child'));
    const running = await Promise.all([begin(runner, 'loops'), begin(runner, 'waits forever')]);
    expect(await childPids()).toHaveLength(2);
    const starting = runner.run(jobOf('has only just begun'));
    await runner.close();
    expect(await Promise.all(running.map(({ outcome }) => outcome))).toEqual([CANCELED, CANCELED]);
    expect(await starting).toMatchObject({ outcome: 'failed' });
    expect(await childPids()).toEqual([]);
    expect(filesIn(runner)).toEqual([]);
    expect(await runner.run(jobOf('too late'))).toEqual(CANCELED);
    await runner.close();
  });
});

describe('a child that', () => {
  test('is killed from outside fails its file, which may be tried again', async () => {
    await using runner = await openRunner(['hostile']);
    const { outcome } = await begin(runner, 'waits forever');
    const [leader = 0] = await childPids();
    const inner = (await readProcesses()).find(({ parent }) => parent === leader);
    process.kill(inner?.pid ?? leader, 'SIGKILL');
    expect(await outcome).toMatchObject({ failure: { code: 'PROCESSOR_CRASHED', retryable: true } });
  });

  test('is stopped is given up when its time is over', async () => {
    await using runner = await openRunner(['hostile'], { limits: { processorMs: 2_000, graceMs: 50 } });
    const { outcome } = await begin(runner, 'waits forever');
    const [leader = 0] = await childPids();
    process.kill(-leader, 'SIGSTOP');
    expect(await outcome).toMatchObject({ failure: { code: 'PROCESSOR_TIMEOUT' } });
    expect(await childPids()).toEqual([]);
  });
});

describe('temporary files', () => {
  test('of a process that was killed are removed by the next one, and those of a living one are not', async () => {
    await using other = await openRunner(['facts']);
    const tempDir = tempDirOf(other.dir);
    const [living] = readdirSync(tempDir);
    const { signal } = spawnSync(process.execPath, [join(FIXTURES, 'killed-parent.ts'), tempDir]);
    expect(signal).toBe('SIGKILL');
    expect(readdirSync(tempDir)).toHaveLength(2);
    await using next = await openRunner(['facts'], { tempDir });
    expect(readdirSync(tempDir)).toHaveLength(2);
    expect(readdirSync(tempDir)).toContain(living);
    expect(await other.run(jobOf('unharmed'))).toMatchObject({ text: 'unharmed' });
    expect(await next.run(jobOf('unharmed too'))).toMatchObject({ text: 'unharmed too' });
  });

  test('of another machine are removed once they have been silent for long', async () => {
    const dir = await createTemporaryDir();
    const tempDir = tempDirOf(dir);
    const [silent, fresh] = ['000000000000-1-1-00000001', '000000000000-1-1-00000002'];
    for (const name of [silent, fresh]) await mkdir(join(tempDir, name), { recursive: true });
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(join(tempDir, silent), hourAgo, hourAgo);
    await using runner = await openRunner([], { tempDir });
    expect(runner.processors).toEqual([]);
    expect(readdirSync(tempDir)).toContain(fresh);
    expect(readdirSync(tempDir)).not.toContain(silent);
    await dir.remove();
  });

  test('that do not fit fail the file, for now', () => {
    // In 512-byte blocks for some shells, in KiB for others: far below the size of the file in both.
    const limited = ['-c', 'ulimit -f 64; exec "$@"', 'sh', process.execPath, join(FIXTURES, 'full-disk.ts')];
    const { stdout, stderr } = spawnSync('/bin/sh', limited, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      full: { code: 'PROCESSING_STORAGE_FULL', message: 'There was no room for a temporary copy.', retryable: true },
      bytes: [0],
      next: 'completed',
    });
  });
});

test('without a free descriptor files fail or wait, and everything goes on once there are some', () => {
  const limited = ['-c', 'ulimit -n 128; exec "$@"', 'sh', process.execPath, join(FIXTURES, 'no-descriptors.ts')];
  const { stdout, stderr, status } = spawnSync('/bin/sh', limited, { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    hundredth: 'completed',
    refused: expect.objectContaining({ code: 'PROCESSOR_CRASHED', retryable: true }),
    ended: 'CANCELED',
    after: 'completed',
    children: 1,
  });
});
