// What `pg` does not take from a URL, on every kind of connection: connect_timeout and channel_binding.
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { createClient } from '../../src/db/client.ts';
import { createOrm } from '../../src/db/orm.ts';
import { createPools } from '../../src/db/pools.ts';
import { postgresNotifier } from '../../src/feed/notify/postgres.ts';
import { createLogger } from '../../src/log.ts';
import { startInstance } from '../support/instance.ts';
import { PATIENT } from '../support/lifecycle.ts';
import { goMainWay } from '../support/main-way.ts';
import { type PostgresServer, hasDebianPostgres, startPostgresServer } from '../support/postgres-server.ts';
import { runToEnd } from '../support/process.ts';
import { createTemporaryDir } from '../support/temporary-dir.ts';

it('every connection is made by src/db/client.ts or a pool of src/db/pool.ts', () => {
  const root = join(import.meta.dirname, '../..');
  // The embedded server is no server of a URL.
  const files = globSync('src/**/*.ts', { cwd: root }).filter((path) => !path.startsWith('src/db/embedded/'));
  const makers = files.filter((path) =>
    /new (?:pg\.)?(?:Client|Pool|PatientPool|ClientOfUrl)\(|super\(config\)/.test(
      readFileSync(join(root, path), 'utf8'),
    ),
  );
  expect(makers.toSorted()).toEqual(['src/db/client.ts', 'src/db/patient-pool.ts', 'src/db/pool.ts']);
});

describe('connect_timeout, at a server that accepts and never answers', () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let url = '';
  beforeAll(async () => {
    server = createServer((socket) => void sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `postgres://waybill@127.0.0.1:${(server.address() as AddressInfo).port}/any?connect_timeout=1`;
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  /** Ours are 4 s and 10 s; generous, because others use this machine. */
  async function expectQuick(work: () => Promise<unknown>): Promise<void> {
    const startedAt = performance.now();
    await expect(work()).rejects.toThrow();
    const took = performance.now() - startedAt;
    expect(took).toBeGreaterThan(900);
    expect(took).toBeLessThan(3_500);
  }

  it('ends the start', async () => {
    const { code, stderr } = await runToEnd({ DATABASE_URL: url });
    expect(code).toBe(1);
    expect(stderr).toContain('DATABASE_UNREACHABLE');
  });

  it('holds for single connections', () => expectQuick(() => createClient(url, 'start').connect()));

  it.each(['writes', 'reads', 'feed', 'uploads'] as const)('holds for the pool of %s', async (name) => {
    const pools = createPools({
      url,
      preparedStatements: true,
      writers: 2,
      limits: PATIENT,
      log: createLogger('silent'),
    });
    const { [name]: pool } = pools;
    await expectQuick(() => ('em' in pool ? pool.em.fork().execute('select 1') : pool.query('select 1')));
    await pools.close();
  });

  it('holds for migrations', async () => {
    const orm = createOrm({ url, name: 'migrate', max: 1 });
    await expectQuick(() => orm.migrator.getPending());
    await orm.close();
  });

  it('holds for LISTEN, which would give up after 3 s', async () => {
    const before = sockets.size;
    const pool = new pg.Pool();
    const listenUrl = url.replace('connect_timeout=1', 'connect_timeout=60');
    const open = postgresNotifier({ pool, listenUrl, log: createLogger('silent') });
    const ignore = (): void => undefined;
    const notifier = open({ onSequenced: ignore, onProgress: ignore, onWebhooks: ignore, onMissed: ignore });
    await sleep(4_500);
    expect(sockets.size).toBe(before + 1);
    for (const socket of sockets) socket.destroy();
    await notifier.stop();
    await pool.end();
  });
});

describe.skipIf(!hasDebianPostgres)('channel_binding', () => {
  let server: PostgresServer;
  async function query(...statements: readonly string[]): Promise<void> {
    const client = new pg.Client({ host: server.socketDir, port: server.port, user: 'waybill', database: 'postgres' });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  }

  beforeAll(async () => {
    const hba = [
      'local all all trust',
      'hostssl all bound 127.0.0.1/32 scram-sha-256',
      'hostssl all plain 127.0.0.1/32 password',
    ];
    server = await startPostgresServer({ hba: [...hba, 'hostssl all all 127.0.0.1/32 trust'] });
    await query(...['bound', 'plain'].map((name) => `create role ${name} login superuser password 'hunter2'`));
  });
  afterAll(() => server.remove());

  const urlOf = (user: string, parameters: string): string =>
    server.url('postgres', parameters).replace('waybill@', `${user}:hunter2@`);

  it.each(['require', 'prefer'])('%s is used by everything where the server offers it', async (how) => {
    const dir = await createTemporaryDir();
    await query(`create database "${how}"`);
    const url = urlOf('bound', `sslmode=require&channel_binding=${how}`).replace('/postgres?', `/${how}?`);
    const database = { url, dataDir: dir.path, query: () => Promise.resolve([]), drop: () => Promise.resolve() };
    const instance = await startInstance({ database });
    await goMainWay(instance.url);
    await instance.stop();
    await dir.remove();
  });

  it.each(['waybill', 'plain'])('require is refused where the server proves nothing to %s', async (user) => {
    const { code, stderr } = await runToEnd({ DATABASE_URL: urlOf(user, 'sslmode=require&channel_binding=require') });
    expect(code).toBe(1);
    expect(stderr).toContain('demands a proof that nobody sits in between');
    expect(stderr).not.toContain('hunter2');
  });
});
