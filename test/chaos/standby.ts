// An asynchronous standby of a PostgreSQL 15 that can be cut off from its primary, and promoted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../support/free-port.ts';
import { type PostgresServer, canConnect, serverUser } from '../support/postgres-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { BIN, runProgram } from './postgres-programs.ts';

/** What a standby is made from: a server that was started for tests, or a standby that was promoted. */
export type Primary = Pick<PostgresServer, 'port' | 'socketDir' | 'dataDir'> & { url(database?: string): string };

export interface Standby extends Primary {
  /** From here on it receives nothing of its primary. */
  cutOff(): Promise<void>;
  /** Resolves when it takes writes. */
  promote(): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when it has all that the primary has, and receives more. */
export async function startStandby(primary: Primary): Promise<Standby> {
  const dataDir = `${primary.dataDir}-standby`;
  const replication = await startTcpProxy(primary.port);
  const source = replication.urlThrough(primary.url());
  await runProgram('pg_basebackup', '-D', dataDir, '-R', '-X', 'stream', '-c', 'fast', '-d', source);
  const port = await freePort();
  const url = (database = 'postgres'): string => `postgres://waybill@127.0.0.1:${port}/${database}`;
  const sockets = ['-c', `unix_socket_directories=${primary.socketDir}`, '-c', 'listen_addresses=127.0.0.1'];
  const args = ['-D', dataDir, '-c', `port=${port}`, ...sockets];
  const child = spawn(join(BIN, 'postgres'), args, { ...serverUser(), cwd: '/', stdio: 'ignore' });
  await until(() => canConnect({ connectionString: url() }), Boolean);
  await until(
    () => countReceivers(primary.url()),
    (count) => count === 1,
  );
  return {
    port,
    dataDir,
    socketDir: primary.socketDir,
    url,
    cutOff: () => replication.close(),
    promote: () => runProgram('pg_ctl', 'promote', '-w', '-D', dataDir),
    stop: async () => {
      await replication.close();
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGQUIT');
      await once(child, 'exit');
    },
  };
}

async function countReceivers(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(`select from pg_stat_replication where state = 'streaming'`);
  await client.end();
  return rows.length;
}
