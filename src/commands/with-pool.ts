// A connection for a command that may work beside a running service.
import type { Pool } from 'pg';
import { findRunning } from '../db/embedded/running.ts';
import { openDatabase } from '../db/open-database.ts';
import { openPool } from '../db/pool.ts';
import type { CommandContext } from './command.ts';

/** Starts the embedded server only if none is running: a service need not be stopped for it. */
export async function withPool<Result>(
  { config, log }: CommandContext,
  work: (pool: Pool) => Promise<Result>,
): Promise<Result> {
  const running = config.databaseUrl === null ? await findRunning(config.dataDir) : null;
  const opened = running === null ? await openDatabase(config, log) : { url: running, role: null, embedded: null };
  const { role } = opened;
  const pool = openPool({ url: config.directDatabaseUrl ?? opened.url, role, name: 'command', max: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
    await opened.embedded?.stop();
  }
}
