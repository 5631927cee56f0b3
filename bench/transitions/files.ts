// Registers files by set-based SQL so that setup is short: each has its row and its first change, with its position in
// the feed, as if registered through the API.
import { setTimeout as delay } from 'node:timers/promises';
import type { TestDatabase } from '../../test/support/database.ts';
import type { Database } from '../host/database.ts';
import { type Pool, uuidSql } from './cycle.ts';
import { GIVE_POSITIONS, WITHOUT_POSITION } from './positions.ts';

/**
 * A file as the program writes it into the log (src/entities/file-snapshot.ts): JSON as text, for PostgreSQL to parse.
 * Expressions of text. No name follows a colon: pgbench would take it for a variable, in quotes too.
 */
export const snapshotSql = (
  id: string,
  state: string,
  version: string,
  attempts: string,
  processing = `'null'`,
): string =>
  `('{"id": "' || ${id} || '", "name": "holiday.jpg", "contentType": "image/jpeg", "transfer": "EXTERNAL", ' ||
    '"size": 4096, "bytesReceived": 0, "sha256": null, "state": "' || ${state} || '", "version": ' || ${version} ||
    ', "attempts": ' || ${attempts} || ', "maxAttempts": 5, "failure": null, "metadata": {}, "properties": {}, "processing": ' || (${processing})::text || ', ' ||
    '"createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z"}')::jsonb`;

// The deadlines that the program is configured with (bench/host/waybill.ts).
const FILES = `
  insert into file (id, tenant, name, content_type, transfer, size, state, version, attempts, max_attempts, metadata,
                    created_at, updated_at, due_at)
  select ${uuidSql('n')}, 'local', 'holiday.jpg', 'image/jpeg', 'EXTERNAL', 4096, 'UNTRACKED', 0, 0, 5, '{}',
         now(), now(), now() + interval '7 days'
  from generate_series($1::int, $2::int) as n`;

const CHANGES = `
  insert into file_change (tenant, file_id, version, kind, attempt_id, actor, file, occurred_at)
  select 'local', ${uuidSql('n')}, 0, 'REGISTERED', gen_random_uuid(),
         'local', ${snapshotSql(`${uuidSql('n')}::text`, `'UNTRACKED'`, '0', '0')}, now()
  from generate_series($1::int, $2::int) as n order by n`;

type Queried = Pick<TestDatabase, 'query'>;

/** Call before the program is started on the database: it starts the feed where it finds it. */
export async function registerFiles(database: Queried, pool: Pool): Promise<void> {
  await fillFiles(database, pool);
  await settle(database);
}

/** The same, of which the server knows nothing yet: no statistics, no hint bits. */
export async function fillFiles(database: Queried, { first, size }: Pool): Promise<void> {
  const range = [first, first + size - 1];
  await database.query(FILES, range);
  await database.query(CHANGES, range);
  await database.query(GIVE_POSITIONS);
}

/** Collects statistics, sets hint bits, and leaves a checkpoint nothing to write in the middle of a round. */
export async function settle(database: Queried): Promise<void> {
  await database.query('vacuum (analyze) file, file_change, feed_position');
  await database.query('checkpoint');
}

const PENDING = `select exists (${WITHOUT_POSITION}) as pending`;
const LOOK_AGAIN_MS = 20;

/** Waits until all changes are in the feed, so that no work is left for the next turn. @returns seconds */
export async function awaitSequenced(database: Database): Promise<number> {
  const start = performance.now();
  for (;;) {
    const [row] = await database.query<{ pending: boolean }>(PENDING);
    if (row?.pending !== true) return (performance.now() - start) / 1_000;
    await delay(LOOK_AGAIN_MS);
  }
}
