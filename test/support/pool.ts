// A pool like the program's (src/db/pools.ts) for tests that drop their database: its server ends the last connections
// before they have said goodbye, and without listeners that would be an uncaught exception.
import pg from 'pg';
import { PreparingClient } from '../../src/db/prepared.ts';

export function openPool(connectionString: string, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString, max, Client: PreparingClient, pipeline: true });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
