// A real PgBouncer in front of a PostgreSQL server: Debian's 1.18, which carries no prepared statements in transaction
// mode (1.21 does).
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { canConnect, serverUser } from './postgres-server.ts';
import { until } from './until.ts';

/** Whether this machine has it. */
export const hasPgBouncer = spawnSync('pgbouncer', ['--version']).status === 0;

export interface PgBouncerOptions {
  readonly mode: 'session' | 'transaction';
  /** Where the server is: all databases are passed on to it. */
  readonly host?: string;
  readonly port: number;
  readonly user: string;
  /** What the server asks of the user, if anything. Clients of the pooler need none. */
  readonly password?: string;
  /** Further lines of the [pgbouncer] section. */
  readonly settings?: Record<string, string>;
}

export interface PgBouncer {
  readonly port: number;
  /** postgres://<user>@127.0.0.1:<port>/<database> */
  url(database: string): string;
  stop(): Promise<void>;
}

export async function startPgBouncer({
  mode,
  host = '127.0.0.1',
  port: serverPort,
  user,
  password = '',
  settings = {},
}: PgBouncerOptions): Promise<PgBouncer> {
  const dir = await mkdtemp(join(tmpdir(), 'waybill-pgbouncer-'));
  const port = await freePort();
  const section: Record<string, string> = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    pool_mode: mode,
    auth_type: 'trust',
    auth_file: join(dir, 'users.txt'),
    unix_socket_dir: '',
    max_client_conn: '500',
    default_pool_size: '40',
    ignore_startup_parameters: 'extra_float_digits,options',
    server_login_retry: '1',
    ...settings,
  };
  const lines = Object.entries(section).map(([name, value]) => `${name} = ${value}`);
  const config = join(dir, 'pgbouncer.ini');
  await writeFile(config, `[databases]\n* = host=${host} port=${serverPort}\n\n[pgbouncer]\n${lines.join('\n')}\n`);
  await writeFile(join(dir, 'users.txt'), `"${user}" "${password}"\n`);
  // Like PostgreSQL it refuses to run as root.
  const as = serverUser();
  await chmod(dir, 0o755);
  if (as !== undefined) await chown(dir, as.uid, as.gid);
  const child = spawn('pgbouncer', [config], { ...as, cwd: '/', stdio: 'ignore' });
  const url = (database: string): string => `postgres://${user}@127.0.0.1:${port}/${database}`;
  await until(() => canConnect({ connectionString: url('postgres') }), Boolean);
  return {
    port,
    url,
    stop: async () => {
      await end(child);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGQUIT');
  await once(child, 'exit');
}
