// Backup and restore of the embedded database with its uploaded bytes, as the person at the terminal does it.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backup } from '../../src/commands/backup/backup.ts';
import { restore } from '../../src/commands/backup/restore.ts';
import type { CommandContext } from '../../src/commands/command.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/log.ts';
import { collect, readCursor } from '../support/changes.ts';
import { newFile } from '../support/client.ts';
import { cleanUp, makeDir } from '../support/embedded.ts';
import { runToEnd, spawnMain, startProcess } from '../support/process.ts';
import { createUpload, fileIdOf, patch } from '../support/tus.ts';
import { until } from '../support/until.ts';

// A server is made or started a few times here.
const TIMEOUT = { timeout: 240_000 };

const at = (dataDir: string): Record<string, string> => ({ WAYBILL_DATA_DIR: dataDir });

/** For a command that runs in this process, which is cheaper than one of its own. */
const context = (env: Record<string, string>, ...args: string[]): CommandContext => ({
  config: readConfig(env),
  log: createLogger('silent'),
  args,
});

async function download(url: string, id: string): Promise<Buffer> {
  const response = await fetch(`${url}/files/${id}`);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** The error of a subscription that begins at this cursor. */
async function refusedCursor(url: string, after: string): Promise<unknown> {
  const changes = collect(url, after);
  const failure = await until(
    () => changes.failure,
    (found) => found !== undefined,
  );
  await changes.stop();
  return (failure as { errors?: { extensions: { code: string } }[] }).errors?.[0]?.extensions.code;
}

describe('a backup', TIMEOUT, () => {
  const bytes = randomBytes(300_000);
  let [dir, folder, uploaded, cursor, later] = ['', '', '', '', ''];

  beforeAll(async () => {
    dir = await makeDir();
    folder = join(await makeDir(), 'backups', 'monday');
    const first = await startProcess(at(dir));
    const upload = await createUpload(first.url, bytes.length);
    expect((await patch(upload, 0, bytes)).status).toBe(204);
    uploaded = fileIdOf(upload);
    cursor = await readCursor(first.url);
    await expect(backup(context(at(dir), folder))).rejects.toThrow(/in use by the program with pid/);
    // Its PostgreSQL is left behind, and is to be stopped first.
    await first.end('SIGKILL');
    const { code, stdout, stderr } = await runToEnd(at(dir), 'backup', folder);
    expect({ code, stderr: stderr.replaceAll(/\{.*"level":(?:30|40).*\n/g, '') }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\d+ files, \d+ bytes, in .*monday\n$/);
    const second = await startProcess(at(dir));
    const head = await readCursor(second.url);
    await newFile(second.url);
    later = await until(
      () => readCursor(second.url),
      (found) => found !== head,
    );
    await second.end('SIGTERM');
  }, TIMEOUT.timeout);
  afterAll(cleanUp, TIMEOUT.timeout);

  it('brings back files and bytes, and refuses cursors that have seen more', async () => {
    const restored = await makeDir();
    const { code, stdout } = await runToEnd(at(restored), 'restore', folder);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/restored to/) as string });
    expect((await readdir(restored)).toSorted()).toEqual(['postgres', 'postgres-password', 'uploads']);
    const program = await startProcess(at(restored));
    expect((await download(program.url, uploaded)).equals(bytes)).toBe(true);
    // What was written after the backup is gone, and other changes take its positions.
    expect(await refusedCursor(program.url, later)).toBe('FEED_FORKED');
    await newFile(program.url);
    await newFile(program.url);
    expect(await refusedCursor(program.url, later)).toBe('FEED_FORKED');
    const changes = collect(program.url, cursor);
    await until(
      () => changes.seen.length,
      (length) => length >= 2,
    );
    await changes.stop();
    await program.end('SIGTERM');
    await expect(restore(context(at(restored), folder))).rejects.toThrow(/holds a database: move it away/);
  });

  it('is not overwritten, and lists the SHA-256 of every file in it', async () => {
    await expect(backup(context(at(dir), folder))).rejects.toThrow(/exists already/);
    const sums = await readFile(join(folder, 'SHA256SUMS'), 'utf8');
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).length;
    expect(sums.trimEnd().split('\n')).toHaveLength(files - 2);
    expect(sums).toMatch(/^[0-9a-f]{64}  uploads\//m);
  });

  it('that is damaged, or whose restore is killed, leaves no database behind; the next try begins anew', async () => {
    const target = await makeDir();
    const store = join(folder, 'uploads');
    const [segment] = (await readdir(store, { recursive: true })).filter((path) => /[\da-f-]{36}$/.test(path));
    const damaged = join(store, segment!);
    const whole = await readFile(damaged);
    await appendFile(damaged, 'x');
    await expect(restore(context(at(target), folder))).rejects.toThrow(/the backup is damaged/);
    expect(await readdir(target)).not.toContain('postgres');
    await writeFile(damaged, whole);
    const killed = spawnMain(['restore', folder], at(target));
    killed.stdout?.resume();
    killed.stderr?.resume();
    // Its server runs on the copy by then, and is left behind.
    await until(() => existsSync(join(target, 'restore-unfinished/postgres/postmaster.pid')), Boolean, 60_000);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(await readdir(target)).not.toContain('postgres');
    await restore(context(at(target), folder));
    expect((await readdir(target)).toSorted()).toEqual(['postgres', 'postgres-password', 'uploads']);
  });

  it('is of the embedded database only, and needs one', async () => {
    const other = { DATABASE_URL: 'postgres://127.0.0.1:1/x' };
    await expect(backup(context(other, `${folder}-2`))).rejects.toThrow(/pg_dump/);
    await expect(restore(context(other, folder))).rejects.toThrow(/pg_restore/);
    await expect(backup(context(at(await makeDir()), `${folder}-2`))).rejects.toThrow(/no embedded database/);
    await expect(restore(context(at(dir), dir))).rejects.toThrow(/is not a backup/);
    await expect(backup(context(at(dir)))).rejects.toThrow(/name one folder/);
  });
});
