// From the embedded PostgreSQL 18 to a server of one's own, Debian's 15.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandContext } from '../../src/commands/command.ts';
import { migrate } from '../../src/commands/migrate.ts';
import { move } from '../../src/commands/move/move.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/log.ts';
import { collect, readCursor } from '../support/changes.ts';
import { newFile, readFile, request, transition } from '../support/client.ts';
import { cleanUp, makeDir, query } from '../support/embedded.ts';
import { type PostgresServer, hasDebianPostgres, startPostgresServer } from '../support/postgres-server.ts';
import { runToEnd, spawnMain, startProcess } from '../support/process.ts';
import { createUpload, fileIdOf, patch } from '../support/tus.ts';
import { until } from '../support/until.ts';

// Servers of two kinds are started a few times.
const TIMEOUT = { timeout: 240_000 };

if (!hasDebianPostgres) process.stderr.write('No PostgreSQL 15 of Debian: the tests of `move` are left out.\n');

/** For a command that runs in this process, which is cheaper than one of its own. */
const context = (env: Record<string, string>): CommandContext => ({
  config: readConfig(env),
  log: createLogger('silent'),
  args: [],
});

describe.skipIf(!hasDebianPostgres)('move', TIMEOUT, () => {
  let server: PostgresServer;
  let dataDir = '';
  const env = (database: string): Record<string, string> => ({
    WAYBILL_DATA_DIR: dataDir,
    DATABASE_URL: server.url(database),
  });

  beforeAll(async () => {
    server = await startPostgresServer();
    dataDir = await makeDir();
    for (const name of ['moved', 'occupied', 'interrupted']) await query(server.url(), `create database ${name}`);
  }, TIMEOUT.timeout);
  afterAll(async () => {
    await cleanUp();
    await server?.remove();
  }, TIMEOUT.timeout);

  it('keeps files, bytes, history, keys and cursors', async () => {
    const before = await startProcess({ WAYBILL_DATA_DIR: dataDir });
    const bytes = randomBytes(50_000);
    const upload = await createUpload(before.url, bytes.length, { filename: 'ünï \\ "quoted".bin' });
    await patch(upload, 0, bytes);
    const uploaded = fileIdOf(upload);
    const cursor = await readCursor(before.url);
    const id = await newFile(before.url, { metadata: { text: 'a\nb\\n"ü', none: null, list: [1.5, 'x'] } });
    await transition(before.url, id, 'START_UPLOAD', { idempotencyKey: 'once' });
    await transition(before.url, id, 'FAIL_UPLOAD', { failure: { code: 'X', message: 'broken' } });
    // More than one page.
    const input = Array.from({ length: 600 }, (_, index) => ({ name: `${index}`, transfer: 'EXTERNAL' }));
    await request(
      before.url,
      'mutation M($input: [RegisterFileInput!]!) { registerFiles(input: $input) { __typename } }',
      {
        input,
      },
    );
    const record = await readFile(before.url, id);
    await expect(move(context(env('moved')))).rejects.toThrow(/in use by the program with pid/);
    await before.end('SIGTERM');

    const { code, stdout } = await runToEnd(env('moved'), 'move');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/tables are moved/) as string });

    const after = await startProcess(env('moved'));
    expect(await readFile(after.url, id)).toEqual(record);
    const content = await fetch(`${after.url}/files/${uploaded}`);
    expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
    const replay = await transition(after.url, id, 'START_UPLOAD', { idempotencyKey: 'once' });
    expect(replay).toMatchObject({ __typename: 'TransitionFileSuccess', replayed: true });
    const last = await newFile(after.url);
    const changes = collect(after.url, cursor);
    await until(() => changes.seen.some(({ fileId }) => fileId === last), Boolean);
    expect(changes.seen.filter(({ fileId }) => fileId === id).map(({ version }) => version)).toEqual([0, 1, 2]);
    await changes.stop();
    await after.end('SIGTERM');
    await expect(move(context(env('moved')))).rejects.toThrow(/holds this data already/);
  });

  it('refuses a database with anything in it, and changes nothing there', async () => {
    const program = await startProcess(env('occupied'));
    await expect(move(context(env('occupied')))).rejects.toThrow(/a Waybill runs on it/);
    const id = await newFile(program.url);
    await program.end('SIGTERM');
    await expect(move(context(env('occupied')))).rejects.toThrow(/its table file is not empty/);
    expect(await query(server.url('occupied'), 'select count(*)::int as files from file')).toEqual([{ files: 1 }]);
    expect(id).toMatch(/^file_/);
  });

  it('that is killed half way leaves nothing behind, and works the next time', async () => {
    const url = server.url('interrupted');
    await migrate(context({ DATABASE_URL: url }));
    // The copy of this table waits for a lock that the test holds.
    await query(
      url,
      `create function wait() returns boolean language plpgsql as $$ begin perform pg_advisory_xact_lock(7); return true; end $$;
       alter table idempotency_record add constraint wait check (wait())`,
    );
    const holder = new pg.Client(url);
    await holder.connect();
    await holder.query('select pg_advisory_lock(7)');
    const killed = spawnMain(['move'], env('interrupted'));
    killed.stdout?.resume();
    killed.stderr?.resume();
    const sessions = `select wait_event from pg_stat_activity
      where datname = current_database() and application_name = 'waybill-command'`;
    await until(
      () => query<{ wait_event: string }>(url, sessions),
      ([session]) => session?.wait_event === 'advisory',
      60_000,
    );
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    await holder.end();
    await until(
      () => query(url, sessions),
      (rows) => rows.length === 0,
    );
    const counts =
      'select (select count(*) from file)::int as files, (select count(*) from file_change)::int as changes';
    expect(await query(url, counts)).toEqual([{ files: 0, changes: 0 }]);
    await move(context(env('interrupted')));
    const [moved] = await query<{ files: number }>(url, counts);
    expect(moved!.files).toBeGreaterThan(600);
  });

  it('needs DATABASE_URL and an embedded database', async () => {
    await expect(move(context({ WAYBILL_DATA_DIR: dataDir }))).rejects.toThrow(/set DATABASE_URL/);
    const empty = { ...env('moved'), WAYBILL_DATA_DIR: await makeDir() };
    await expect(move(context(empty))).rejects.toThrow(/there is no embedded database/);
  });
});
