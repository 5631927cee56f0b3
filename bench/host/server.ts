// The PostgreSQL server of a run: the embedded one, or version 15 as Debian ships it. Durable as in production.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTemporary } from '../../src/db/embedded/temporary.ts';
import type { Logger } from '../../src/log.ts';
import { hasDebianPostgres, startPostgresServer } from '../../test/support/postgres-server.ts';

export const POSTGRES = ['embedded', 'debian'] as const;
export type Postgres = (typeof POSTGRES)[number];

export interface Server {
  /** Of its superuser, to the database `postgres`. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

// The program's own defaults, with room for several programs and pools, checkpoints less often than rounds change
// sides, and the times of commits kept, which the latency is measured from. Durability is not touched.
const SETTINGS = { max_connections: '300', max_wal_size: '4GB', track_commit_timestamp: 'on' };

export async function startServer(kind: Postgres, log: Logger): Promise<Server> {
  if (kind === 'embedded') return await startTemporary({ log, prefix: 'waybill-bench-pg-', settings: SETTINGS });
  if (!hasDebianPostgres) throw new Error("Debian's package postgresql-15 is not installed");
  const server = await startPostgresServer({ settings: SETTINGS });
  const [pid] = (await readFile(join(server.dataDir, 'postmaster.pid'), 'utf8')).split('\n');
  return { url: server.url(), pid: Number(pid), stop: () => server.remove() };
}
