// Fills a log with history: four rows for each file, whose last state is INDEXED. Set-based, because millions of rows are
// needed.
import type { Database } from '../host/database.ts';
import { CYCLE, type Pool, uuidSql } from './cycle.ts';
import { settle, snapshotSql } from './files.ts';
import { GIVE_POSITIONS } from './positions.ts';

/** REGISTERED and the three moves up to INDEXED. */
const ROWS_A_FILE = 4;
const MOVED = 2_500;

const FILES = `
  insert into file (id, tenant, name, content_type, transfer, size, state, version, attempts, max_attempts, metadata,
                    created_at, updated_at)
  select ${uuidSql('n')}, 'local', 'holiday.jpg', 'image/jpeg', 'EXTERNAL', 4096, 'INDEXED', 3, 1, 5, '{}', now(), now()
  from generate_series(1, $1::int) as n`;

const steps = CYCLE.slice(0, ROWS_A_FILE - 1).map(
  ({ event, from, to }, at) => `(${at + 1}, 'TRANSITIONED', '${event}', '${from}', '${to}', '${to}', 1)`,
);

const CHANGES = `
  insert into file_change (tenant, file_id, version, kind, event, from_state, to_state, attempt_id, actor, file,
                           occurred_at)
  select 'local', ${uuidSql('n')}, version, kind, event, from_state, to_state,
         gen_random_uuid(), 'local', ${snapshotSql(`${uuidSql('n')}::text`, 'state', 'version', 'attempts')}, now()
  from generate_series(1, $1::int) as n, (values
    (0, 'REGISTERED', null, null, null, 'UNTRACKED', 0), ${steps.join(', ')}
  ) as step (version, kind, event, from_state, to_state, state, attempts)
  order by n, version`;

/** The files of the bench, all INDEXED: the first event is RESET. As many in every log. */
export interface FilledLog {
  readonly rows: number;
  /** Of a pool's moves. */
  readonly from: number;
  /** The newest files, as in production: time-ordered ids stand at one end of every index. */
  readonly newest: Pool;
  /** Old files, each on a page of its own in every index; null if there are only new ones. */
  readonly spread: Pool | null;
}

/** `rows` is at least 10,000. */
export async function fillLog(database: Database, rows: number): Promise<FilledLog> {
  const files = rows / ROWS_A_FILE;
  await database.query(FILES, [files]);
  await database.query(CHANGES, [files]);
  await database.query(GIVE_POSITIONS);
  await settle(database);
  const old = files - MOVED;
  return {
    rows,
    from: (CYCLE.length - 1) * MOVED,
    newest: { first: old + 1, size: MOVED },
    spread: old < MOVED ? null : { first: 1, size: MOVED, stride: Math.floor(old / MOVED) },
  };
}

/** Deletes what a turn has added, so that every turn begins with the same log. */
export async function trimLog(database: Database, { rows }: FilledLog): Promise<void> {
  await database.query('delete from file_change where id > $1', [rows]);
  await database.query('delete from feed_position where log_id > $1', [rows]);
  await database.query('vacuum (index_cleanup on) file, file_change, feed_position');
}
