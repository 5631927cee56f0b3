// Files with much metadata and long histories, written by one statement: no request of the server's own is needed for them.
import { GIVE_POSITIONS } from '../../bench/transitions/positions.ts';
import type { TestDatabase } from './database.ts';

export interface Filled {
  /** Of each file; the files are numbered. */
  readonly name: string;
  readonly files: number;
  /** Transitions of each file. */
  readonly transitions: number;
  /** Bytes of the metadata of each file, and of the file as of each change. */
  readonly metadata: number;
}

/** The newest files are those that were filled last. */
export async function fillDatabase(
  database: TestDatabase,
  { name, files, transitions, metadata }: Filled,
): Promise<void> {
  await database.query(`
    set session_replication_role = replica;
    with filled as (
      insert into file (id, tenant, name, content_type, transfer, state, version, max_attempts, metadata, created_at, updated_at)
      select gen_random_uuid(), 'local', '${name} ' || n, 'a/b', 'EXTERNAL', 'UNTRACKED', ${transitions}, 3,
        jsonb_build_object('text', repeat('ü', ${Math.floor(metadata / 2)})), now(), now()
      from generate_series(1, ${files}) as n returning *
    )
    insert into file_change (tenant, file_id, version, kind, event, from_state, to_state, attempt_id, actor, file,
        occurred_at)
      select tenant, id, n, 'TRANSITIONED', 'RETRY', 'FAILED', 'UNTRACKED',
        gen_random_uuid(), 'somebody', jsonb_build_object('metadata', metadata), now()
      from filled, generate_series(1, ${transitions}) as n;
    ${GIVE_POSITIONS}`);
}
