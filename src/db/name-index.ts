// The index behind `nameContains`. It needs the extension pg_trgm, which not every role may create and not every server has,
// so no migration makes it: it is made at any start that can. Without it lists are right, and slow for rare words.
import type { Client } from 'pg';
import type { Logger } from '../log.ts';
import { createClient } from './client.ts';
import { WITHOUT_TIME_LIMIT, setUpSession } from './session.ts';

const NAME = 'file_attributes_name_trgm';

/** CREATE INDEX CONCURRENTLY waits for all older transactions of the database; a start must not wait for a backup. */
const LOCK_TIMEOUT = '30s';

/** Call it under the lock of migrations. It has no time limit but that: on a large table the index takes minutes. */
export async function ensureNameIndex(url: string, log: Logger): Promise<void> {
  const client = createClient(url, 'migrate');
  client.on('error', () => undefined); // the statement that waits fails too
  try {
    await client.connect();
    await setUpSession(client, url, { ...WITHOUT_TIME_LIMIT, lock_timeout: LOCK_TIMEOUT });
    await makeIndex(client, log);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn(
      { reason },
      'no index of names: nameContains reads the files of the tenant in order, which is slow for rare words. The next ' +
        'start tries again. If pg_trgm is missing, run CREATE EXTENSION pg_trgm in the database as a superuser first',
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function makeIndex(client: Client, log: Logger): Promise<void> {
  const { rows: found } = await client.query<{ valid: boolean }>(
    `select indisvalid as valid from pg_index where indexrelid = to_regclass('${NAME}')`,
  );
  if (found[0]?.valid === true) return;
  await client.query('create extension if not exists pg_trgm');
  // What was left behind by a start that ended half way.
  if (found.length > 0) await client.query(`drop index concurrently ${NAME}`);
  const { rows: extensions } = await client.query<{ schema: string }>(
    `select quote_ident(nspname) as schema from pg_extension join pg_namespace n on n.oid = extnamespace
      where extname = 'pg_trgm'`,
  );
  // With the tenant in it, so that names of other tenants are passed over; as an array, because GIN has no plain text.
  await client.query(
    `create index concurrently ${NAME} on file_attributes
      using gin ((array[tenant]), name ${extensions[0]!.schema}.gin_trgm_ops)`,
  );
  log.info({ index: NAME }, 'created the index of names');
}
