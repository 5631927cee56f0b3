// A pool for tests that drop their database: its server ends the last connections before they have said goodbye, and
// without listeners that would be an uncaught exception.
import pg from 'pg';

export function openPool(connectionString: string, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString, max });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
