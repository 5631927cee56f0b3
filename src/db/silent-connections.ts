// Connections that have gone silent: the network or the server is gone and nothing says so (a power loss, a moved address, a
// firewall that forgot). When one command gets no answer in time, the idle connections of its pool are most likely silent
// too, and each would cost another command the same time.
import type { Pool, PoolClient } from 'pg';
import { isSilence } from './pg-errors.ts';

/** Closes a pool's idle connections when one of its connections did not answer a command in time. */
export function closeIdleAfterSilence(pool: Pool): void {
  const idle = new Set<PoolClient>();
  pool.on('acquire', (client) => idle.delete(client));
  pool.on('remove', (client) => idle.delete(client));
  pool.on('release', (error: unknown, client) => {
    if (!isSilence(error)) return void idle.add(client);
    // Without a goodbye, which would wait to be sent.
    for (const each of idle) each.connection.stream.destroy();
    idle.clear();
  });
}
