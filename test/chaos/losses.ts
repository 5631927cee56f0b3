// What takes a database back to how it was: each loses the changes between `prepare` and `takeBack`.
import type { PostgresServer } from '../support/postgres-server.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { runAsServer, runProgram } from './postgres-programs.ts';
import { type Standby, startStandby } from './standby.ts';

export interface Loss {
  prepare(): Promise<void>;
  /** Afterwards the proxy leads to a server that takes writes. */
  takeBack(): Promise<void>;
  cleanUp(): Promise<void>;
}

export function failover(primary: PostgresServer, proxy: TcpProxy): Loss {
  let standby: Standby | undefined;
  return {
    prepare: async () => {
      standby = await startStandby(primary);
      await standby.cutOff();
    },
    takeBack: async () => {
      await primary.stop('SIGQUIT');
      await standby!.promote();
      proxy.retarget(standby!.port);
      proxy.cut();
    },
    cleanUp: async () => {
      await standby?.stop();
    },
  };
}

export function copyPutBack(server: PostgresServer): Loss {
  const copy = `${server.dataDir}-copy`;
  return {
    prepare: async () => {
      await server.stop();
      await runAsServer('cp', '-a', server.dataDir, copy);
      await server.restart();
    },
    takeBack: () => putInPlace(server, copy),
    cleanUp: () => Promise.resolve(),
  };
}

export function baseBackupRestored(server: PostgresServer): Loss {
  const backup = `${server.dataDir}-backup`;
  return {
    prepare: () => runProgram('pg_basebackup', '-D', backup, '-X', 'stream', '-c', 'fast', '-d', server.url()),
    takeBack: () => putInPlace(server, backup),
    cleanUp: () => Promise.resolve(),
  };
}

async function putInPlace(server: PostgresServer, dataDir: string): Promise<void> {
  await server.stop('SIGQUIT');
  await runAsServer('rm', '-rf', server.dataDir);
  await runAsServer('mv', dataDir, server.dataDir);
  await server.restart();
}

export function dumpRestored(server: PostgresServer): Loss {
  const dump = `${server.dataDir}-dump`;
  return {
    prepare: () => runProgram('pg_dump', '-Fc', '-f', dump, server.url('waybill')),
    takeBack: async () => {
      await runProgram('dropdb', '--force', `--maintenance-db=${server.url()}`, 'waybill');
      await runProgram('createdb', `--maintenance-db=${server.url()}`, 'waybill');
      await runProgram('pg_restore', '--single-transaction', '-d', server.url('waybill'), dump);
    },
    cleanUp: () => Promise.resolve(),
  };
}
