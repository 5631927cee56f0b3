// The embedded server with real processes and real files: starts, stops, crashes, and everything it must refuse.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findBinaries } from '../../src/db/embedded/binaries.ts';
import { lockDataDir } from '../../src/db/embedded/lock.ts';
import { readStartTime } from '../../src/db/embedded/processes.ts';
import { startTemporary } from '../../src/db/embedded/temporary.ts';
import { createLogger } from '../../src/log.ts';
import { cleanUp, isPostgres, makeDir, onCleanUp, query, start, startChild } from '../support/embedded.ts';

const asRoot = process.getuid?.() === 0;

/** A live process that has nothing to do with us, of the given user. */
async function startStranger(user: { uid?: number; gid?: number } = {}): Promise<number> {
  const sleeper = spawn('sleep', ['60'], user);
  onCleanUp(() => sleeper.kill('SIGKILL'));
  await once(sleeper, 'spawn');
  return sleeper.pid as number;
}

afterEach(cleanUp, 60_000);

describe('start and stop', { timeout: 60_000 }, () => {
  it('makes a durable, local, private server', async () => {
    const dir = join(await makeDir(), 'a', 'b');
    const { url } = await start(dir, { max_connections: '17' });

    expect(url).toMatch(/^postgres:\/\/waybill:[\w-]{32}@127\.0\.0\.1:\d+\/waybill$/);
    const settings = await query<{ name: string; setting: string }>(url, 'select name, setting from pg_settings');
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toMatchObject({
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: '17',
      password_encryption: 'scram-sha-256',
      server_encoding: 'UTF8',
      data_directory: join(dir, 'postgres'),
    });
    expect(await query(url, `select upper('é') as letter, 'B' < 'a' as by_code_point`)).toEqual([
      { letter: 'É', by_code_point: true },
    ]);
    expect((await stat(join(dir, 'postgres'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(dir, 'postgres-password'))).mode & 0o777).toBe(0o600);
    await expect(query(url.replace(/:[^:@]*@/, ':wrong@'), 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('finds the data again, also with a client still connected at the stop', async () => {
    const dir = await makeDir();
    const first = await start(dir);
    await query(first.url, 'create table t as select 1 as n');
    const asleep = query(first.url, 'select pg_sleep(60)');
    const broken = expect(asleep).rejects.toThrow();
    await first.stop();
    await broken;

    const second = await start(dir);
    expect(await query(second.url, 'select n from t')).toEqual([{ n: 1 }]);
  });

  it('stops once however often it is told to, and leaves neither process nor lock', async () => {
    const dir = await makeDir();
    const server = await start(dir);
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();

    expect(await server.exited).toEqual({ code: 0, signal: null, expected: true });
    expect(await readStartTime(server.pid)).toBeUndefined();
    expect((await readdir(dir)).toSorted()).toEqual(['postgres', 'postgres-password']);
  });

  it('says when the server is ended by somebody else, and starts again', async () => {
    const dir = await makeDir();
    const first = await start(dir);
    process.kill(first.pid, 'SIGKILL');
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL', expected: false });
    await first.stop();

    const second = await start(dir);
    expect(await query(second.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  it('takes another port when the one it found is taken meanwhile', async () => {
    const rival = createServer().listen(0, '127.0.0.1');
    await once(rival, 'listening');
    onCleanUp(() => rival.close());
    const { port } = rival.address() as AddressInfo;
    vi.spyOn(Server.prototype, 'address').mockReturnValueOnce({ port, family: 'IPv4', address: '127.0.0.1' });

    const { url } = await start(await makeDir());
    expect(new URL(url).port).not.toBe(String(port));
  });

  it('removes a temporary server with its directory', async () => {
    const server = await startTemporary({ log: createLogger('silent'), prefix: 'waybill-temporary-' });
    onCleanUp(() => server.stop());
    const [row] = await query<{ data_directory: string }>(server.url, 'show data_directory');
    expect(row?.data_directory).toContain('waybill-temporary-');
    await server.stop();
    await expect(access(join(row?.data_directory ?? '', '..'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('after a crash', { timeout: 60_000 }, () => {
  it('takes over from a program killed with -9: the server is replaced, the data is there', async () => {
    const dir = await makeDir();
    const { child, answer } = await startChild(dir);
    if ('refused' in answer) throw new Error(answer.message);
    await query(answer.url, 'create table t as select 1 as n');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await isPostgres(answer.pid)).toBe(true);

    const server = await start(dir);
    expect(await isPostgres(answer.pid)).toBe(false);
    expect(server.pid).not.toBe(answer.pid);
    expect(await query(server.url, 'select n from t')).toEqual([{ n: 1 }]);
  });

  it('removes what a killed initdb left, and does not take half a cluster for one', async () => {
    const dir = await makeDir();
    await mkdir(join(dir, 'postgres.init-abcdef', 'base'), { recursive: true });
    await writeFile(join(dir, 'postgres.init-abcdef', 'PG_VERSION'), '18\n');
    await start(dir);
    expect((await readdir(dir)).toSorted()).toEqual(['postgres', 'postgres-password', 'waybill.lock']);
  });

  it('recovers from a kill -9 at any moment of the first start', async () => {
    const dir = await makeDir();
    for (const ms of [100, 200, 300, 400, 500, 700]) {
      const script = join(import.meta.dirname, '../support/embedded-child.ts');
      const child = spawn(process.execPath, [script, dir]);
      setTimeout(() => child.kill('SIGKILL'), ms);
      await once(child, 'exit');
    }
    const { url } = await start(dir);
    expect(await query(url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  it('leaves a stranger alone who was given the pid of the former server', async () => {
    const dir = await makeDir();
    await (await start(dir)).stop();
    // Of the server's user: only such a one PostgreSQL itself takes for a running server.
    const { uid, gid } = await stat(join(dir, 'postgres'));
    const stranger = await startStranger({ uid, gid });
    await writeFile(join(dir, 'postgres', 'postmaster.pid'), `${stranger}\n`);

    await start(dir);
    expect(await readStartTime(stranger)).toBeDefined();
  });
});

describe('the lock of the data directory', { timeout: 60_000 }, () => {
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
    await vi.waitFor(async () => expect(await readStartTime(pid)).toBeUndefined());
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

describe('what it refuses', { timeout: 60_000 }, () => {
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
