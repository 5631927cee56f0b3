// A log with history: so many rows, four for each file, whose last state is INDEXED. Set-based, because millions of them
// are needed.
import type { Database } from '../host/database.ts';
import { CYCLE, type Pool, uuidSql } from './cycle.ts';
import { settle, snapshotSql } from './files.ts';

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
  insert into file_change (position, tenant, file_id, version, kind, event, from_state, to_state, attempt_id, actor, file,
                           occurred_at)
  select (n - 1) * ${ROWS_A_FILE} + version + 1, 'local', ${uuidSql('n')}, version, kind, event, from_state, to_state,
         gen_random_uuid(), 'local', ${snapshotSql(`${uuidSql('n')}::text`, 'state', 'version', 'attempts')}, now()
  from generate_series(1, $1::int) as n, (values
    (0, 'REGISTERED', null, null, null, 'UNTRACKED', 0), ${steps.join(', ')}
  ) as step (version, kind, event, from_state, to_state, state, attempts)`;

const HEAD = 'update feed_head set position = $1';

/** The files that will be moved: as many in every log, and spread over the whole of it. */
export interface Spread extends Pool {
  /** Their next move: they are INDEXED, so RESET. */
  readonly from: number;
}

/** `rows` is at least 10,000. */
export async function fillLog(database: Database, rows: number): Promise<Spread> {
  const files = rows / ROWS_A_FILE;
  await database.query(FILES, [files]);
  await database.query(CHANGES, [files]);
  await database.query(HEAD, [rows]);
  await settle(database);
  return { first: 1, size: MOVED, stride: files / MOVED, from: (CYCLE.length - 1) * MOVED };
}
