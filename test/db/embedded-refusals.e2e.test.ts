// What keeps the embedded server from starting: another program in its directory, and what it cannot serve.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findBinaries } from '../../src/db/embedded/binaries.ts';
import { lockDataDir } from '../../src/db/embedded/lock.ts';
import { readStartTime } from '../../src/db/embedded/processes.ts';
import { cleanUp, makeDir, onCleanUp, query, start, startChild } from '../support/embedded.ts';
import { until } from '../support/until.ts';

const asRoot = process.getuid?.() === 0;

/** A live process that has nothing to do with us, of the given user. */
async function startStranger(user: { uid?: number; gid?: number } = {}): Promise<number> {
  const sleeper = spawn('sleep', ['60'], user);
  onCleanUp(() => sleeper.kill('SIGKILL'));
  await once(sleeper, 'spawn');
  return sleeper.pid as number;
}

afterEach(cleanUp);

describe('the lock of the data directory', { timeout: 240_000 }, () => {
  it('refuses a second program, and names the directory and the holder', async () => {
    const dir = await makeDir();
    const server = await start(dir);
    const { answer } = await startChild(dir);
    expect(answer).toEqual({
      refused: 'DATA_DIR_IN_USE',
      message: expect.stringContaining(`${dir} is in use by the program with pid ${process.pid}`),
    });
    expect(await query(server.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  it('refuses a second server of the same program', async () => {
    const dir = await makeDir();
    await start(dir);
    await expect(start(`${dir}/../${dir.split('/').at(-1)}`)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
  });

  it('is taken over from a dead program, also when its pid is used again', async () => {
    const lock = join(await makeDir(), 'waybill.lock');
    const stranger = await startStranger();
    for (const stale of [`${stranger}-1`, `${process.pid}-1`, '99999999-1', '']) {
      await writeFile(lock, stale);
      const unlock = await lockDataDir(lock);
      expect(await readFile(lock, 'utf8')).toBe(`${process.pid}-${await readStartTime(process.pid)}`);
      await unlock();
    }
  });

  it('is taken over from a killed program that nobody waited for', async () => {
    const lock = join(await makeDir(), 'waybill.lock');
    // The shell becomes a sleep, which never reaps the sleep it started.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
    onCleanUp(() => parent.kill('SIGKILL'));
    const [pid] = (await once(parent.stdout, 'data')).map(Number) as [number];
    const holder = `${pid}-${await readStartTime(pid)}`;
    await writeFile(lock, holder);
    await expect(lockDataDir(lock)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });

    process.kill(pid, 'SIGKILL');
    await until(
      () => readStartTime(pid),
      (startTime) => startTime === undefined,
    );
    await (
      await lockDataDir(lock)
    )();
  });

  it('has one winner among many who find it stale at once', async () => {
    const dir = await makeDir();
    const lock = join(dir, 'waybill.lock');
    for (let round = 0; round < 20; round++) {
      await writeFile(lock, `${process.pid}-1`);
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDir(lock)));
      const winners = results.filter((result) => result.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      expect(await readdir(dir)).toEqual(['waybill.lock']);
      await winners[0]?.value();
    }
  });
});

describe('what it refuses', { timeout: 240_000 }, () => {
  it('a cluster of another major version, touching nothing', async () => {
    const dir = await makeDir();
    await mkdir(join(dir, 'postgres'));
    await writeFile(join(dir, 'postgres', 'PG_VERSION'), '16\n');
    await expect(start(dir)).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringMatching(/PostgreSQL 16.*PostgreSQL 18/),
    });
    expect(await readdir(dir, { recursive: true })).toEqual(['postgres', 'postgres/PG_VERSION']);
  });

  it('settings the server does not take, with its last words, giving the directory free', async () => {
    const dir = await makeDir();
    await expect(start(dir, { shared_buffers: 'plenty' })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining('invalid value for parameter "shared_buffers": "plenty"'),
    });
    await start(dir);
  });

  it('a cluster whose password is another or gone', async () => {
    const dir = await makeDir();
    await (await start(dir)).stop();
    const password = join(dir, 'postgres-password');
    await writeFile(password, 'another');
    await expect(start(dir)).rejects.toThrow(/password authentication failed/);
    await rm(password);
    await expect(start(dir)).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining(`${password}, which opens the database`),
    });
  });

  it('a machine without the optional package', async () => {
    await expect(findBinaries('/nowhere/module.ts')).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_UNAVAILABLE',
      message: expect.stringMatching(/--omit=optional.*DATABASE_URL/),
    });
  });

  it('a data directory that is a file', async () => {
    const file = join(await makeDir(), 'file');
    await writeFile(file, '');
    await expect(start(file)).rejects.toMatchObject({ code: 'DATA_DIR_UNREACHABLE' });
    // Nothing can be created there, although the directory above exists.
    await expect(start('/proc/nope')).rejects.toMatchObject({ code: 'DATA_DIR_UNREACHABLE' });
  });

  it('as root: a directory the user of the server cannot reach, leaving no trace', async () => {
    if (!asRoot) return;
    const parent = join(await makeDir(), 'private');
    await mkdir(parent, { mode: 0o700 });
    await expect(start(join(parent, 'a', 'b'))).rejects.toMatchObject({
      code: 'DATA_DIR_UNREACHABLE',
      message: expect.stringContaining(`but cannot enter ${parent}, which leads to ${join(parent, 'a', 'b')}`),
    });
    expect(await readdir(parent)).toEqual([]);

    await chmod(parent, 0o701);
    await start(join(parent, 'a', 'b'));
  });
});
