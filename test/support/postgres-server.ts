// A PostgreSQL server of Debian's packages for a test: its own cluster in a temporary directory, with the settings, the
// TLS certificate and the pg_hba.conf lines that the test asks for.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

const BIN = '/usr/lib/postgresql/15/bin';

/** Whether this machine has Debian's PostgreSQL 15. */
export const hasDebianPostgres = existsSync(join(BIN, 'initdb'));

export interface PostgresServerOptions {
  /** Over PostgreSQL's own defaults. */
  readonly settings?: Record<string, string>;
  /** Lines of pg_hba.conf; everybody is trusted if not given. */
  readonly hba?: readonly string[];
  /** The superuser. */
  readonly user?: string;
}

export interface PostgresServer {
  readonly port: number;
  /** Where its Unix socket is. */
  readonly socketDir: string;
  readonly dataDir: string;
  readonly certificatePath: string;
  /** postgres://<user>@127.0.0.1:<port>/<database>, and what is to stand behind the question mark. */
  url(database?: string, parameters?: string): string;
  stop(mode?: 'SIGTERM' | 'SIGINT' | 'SIGQUIT'): Promise<void>;
  restart(): Promise<void>;
  /** Stops it and removes its directory. */
  remove(): Promise<void>;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root. */
export function serverUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string): number => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: idOf('-u'), gid: idOf('-g') };
}

function run(program: string, args: readonly string[], user: User | undefined): void {
  const { status, stderr } = spawnSync(program, args, { ...user, cwd: '/', encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
}

/** Self-signed, for localhost and 127.0.0.1. */
async function createCertificate(dir: string, user: User | undefined): Promise<string> {
  const key = join(dir, 'server.key');
  const certificate = join(dir, 'server.crt');
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  const subject = ['-subj', '/CN=localhost', '-addext', names, '-days', '2'];
  run(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, ...subject],
    undefined,
  );
  if (user !== undefined) await Promise.all([key, certificate].map((path) => chown(path, user.uid, user.gid)));
  await chmod(key, 0o600);
  return certificate;
}

export async function startPostgresServer({
  settings = {},
  hba = ['local all all trust', 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
  user: superuser = 'waybill',
}: PostgresServerOptions = {}): Promise<PostgresServer> {
  const user = serverUser();
  const dir = await mkdtemp(join(tmpdir(), 'waybill-pg15-'));
  await chmod(dir, 0o755);
  if (user !== undefined) await chown(dir, user.uid, user.gid);
  const dataDir = join(dir, 'data');
  const port = await freePort();
  run(
    join(BIN, 'initdb'),
    ['-D', dataDir, '-U', superuser, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'],
    user,
  );
  const certificatePath = await createCertificate(dir, user);
  await writeFile(join(dataDir, 'pg_hba.conf'), `${hba.join('\n')}\n`);
  const all: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: dir,
    ssl: 'on',
    ssl_cert_file: certificatePath,
    ssl_key_file: join(dir, 'server.key'),
    ...settings,
  };
  const args = ['-D', dataDir, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const url: PostgresServer['url'] = (database = 'postgres', parameters = '') =>
    `postgres://${superuser}@127.0.0.1:${port}/${database}${parameters === '' ? '' : `?${parameters}`}`;
  const open = async (): Promise<ReturnType<typeof spawn>> => {
    const child = spawn(join(BIN, 'postgres'), args, { ...user, cwd: '/', stdio: 'ignore' });
    // Over the socket, which every pg_hba.conf of these tests lets the superuser use.
    await until(() => canConnect({ host: dir, port, user: superuser, database: 'postgres' }), Boolean);
    return child;
  };
  let child = await open();
  const stop: PostgresServer['stop'] = async (mode = 'SIGINT') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(mode);
    await once(child, 'exit');
  };
  return {
    port,
    socketDir: dir,
    dataDir,
    certificatePath,
    url,
    stop,
    restart: async () => {
      await stop();
      child = await open();
    },
    remove: async () => {
      await stop('SIGQUIT');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export async function canConnect(config: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
