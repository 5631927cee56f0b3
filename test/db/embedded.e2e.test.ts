// The embedded server with real processes and real files: starts, stops, crashes, and everything it must refuse.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readStartTime } from '../../src/db/embedded/processes.ts';
import { startTemporary } from '../../src/db/embedded/temporary.ts';
import { createLogger } from '../../src/log.ts';
import { cleanUp, isPostgres, makeDir, onCleanUp, query, start, startChild } from '../support/embedded.ts';

/** A live process that has nothing to do with us, of the given user. */
async function startStranger(user: { uid?: number; gid?: number } = {}): Promise<number> {
  const sleeper = spawn('sleep', ['60'], user);
  onCleanUp(() => sleeper.kill('SIGKILL'));
  await once(sleeper, 'spawn');
  return sleeper.pid as number;
}

afterEach(cleanUp);

describe('start and stop', { timeout: 240_000 }, () => {
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

describe('after a crash', { timeout: 240_000 }, () => {
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
