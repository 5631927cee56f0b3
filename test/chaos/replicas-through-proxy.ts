// Two replicas on a database of a PostgreSQL 15 that they reach through a proxy, so that it can be exchanged under them.
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Instance, startInstance } from '../support/instance.ts';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

/** Of the database that the replicas use. */
export const DATABASE = 'waybill';

export interface ReplicasThroughProxy {
  readonly server: PostgresServer;
  readonly proxy: TcpProxy;
  /** @returns two of them, with these settings */
  readonly start: (env: Record<string, string>) => Promise<readonly [Instance, Instance]>;
}

export async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Row>(text);
  await client.end();
  return rows;
}

export const ready = ({ url }: Instance): Promise<unknown> =>
  until(
    () =>
      fetch(`${url}/readyz`).then(
        ({ status }) => status,
        () => 0,
      ),
    (status) => status === 200,
    60_000,
  );

/** What it starts ends with the stack. */
export async function openThroughProxy(stack: AsyncDisposableStack): Promise<ReplicasThroughProxy> {
  const server = await startPostgresServer();
  stack.defer(() => server.remove());
  await query(server.url(), `create database ${DATABASE}`);
  const proxy = await startTcpProxy(server.port);
  stack.defer(() => proxy.close());
  const dataDir = join(tmpdir(), `waybill-replicas-${randomUUID()}`);
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const database = {
    url: proxy.urlThrough(server.url(DATABASE)),
    dataDir,
    query: () => Promise.reject(new Error('not used')),
    drop: () => Promise.resolve(),
  };
  return {
    server,
    proxy,
    start: async (env) => {
      const replicas = [await startInstance({ database, env }), await startInstance({ database, env })] as const;
      for (const replica of replicas) stack.defer(() => replica.stop());
      return replicas;
    },
  };
}
