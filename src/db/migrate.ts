// Brings the database to the current schema. Replicas that start together take turns under an advisory lock.
import { Client } from 'pg';
import type { Logger } from '../log.ts';
import { ADVISORY_LOCKS } from './advisory-locks.ts';
import type { MikroORM } from './orm.ts';

export async function migrate(orm: MikroORM, url: string, log: Logger): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'waybill-migrate' });
  client.on('error', (error) => log.warn({ err: error }, 'migration lock connection lost'));
  await client.connect();
  try {
    // A session lock on a connection of its own: freed by the server should this process die half way.
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCKS.migrate]);
    const applied = await orm.migrator.up();
    if (applied.length > 0) log.info({ migrations: applied.map(({ name }) => name) }, 'migrated');
  } finally {
    await client.end();
  }
}
