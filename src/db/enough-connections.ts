// Warns at start when PostgreSQL grants fewer connections than this process may open.
import type { Logger } from '../log.ts';
import { createClient } from './client.ts';
import { setUpSession } from './session.ts';

/** A limit of -1 is none (https://www.postgresql.org/docs/current/catalog-pg-authid.html). */
const LIMITS = `
  select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as server,
    (select rolconnlimit from pg_roles where rolname = current_user) as role,
    (select datconnlimit from pg_database where datname = current_database()) as database,
    (select count(*)::int from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()) as used`;

interface Limits {
  readonly server: number;
  readonly role: number;
  readonly database: number;
  readonly used: number;
}

/** @param wanted connections that this process may open */
export async function warnOfFewConnections(url: string, wanted: number, log: Logger): Promise<void> {
  const client = createClient(url, 'start');
  client.on('error', () => undefined);
  try {
    await client.connect();
    await setUpSession(client, url);
    const [limits] = (await client.query<Limits>(LIMITS)).rows;
    const free = countFree(limits!);
    if (free >= wanted) return;
    log.warn(
      { wanted, free, ...limits },
      `this process may open ${wanted} connections to PostgreSQL, which has ${free} left for it: raise max_connections, ` +
        'or the limit of the role or database',
    );
  } catch (error) {
    log.warn({ err: error }, 'the limits of connections could not be read');
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What others use counts against the server's limit only: who they are connected as is not looked up. */
function countFree({ server, role, database, used }: Limits): number {
  const limits = [server - used, role, database].filter((limit) => limit !== -1);
  return Math.max(0, Math.min(...limits));
}
