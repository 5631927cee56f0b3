// The baseline's transaction: what a transition costs PostgreSQL at least. The same tables with the same indexes, checks
// and triggers, the row locked, moved, and recorded with its snapshot. No HTTP, no GraphQL, no machine, no feed.
import { uuidSql } from './cycle.ts';
import { snapshotSql } from './files.ts';

const next = `case state when 'UNTRACKED' then 'UPLOADING' when 'UPLOADING' then 'PROCESSING'
  when 'PROCESSING' then 'INDEXED' else 'UNTRACKED' end`;
// A deadline in every state but the last, as src/fsm/deadlines.ts has it.
const dueAt = `case state when 'PROCESSING' then null else now() + interval '7 days' end`;

const event = `case :from_state::text when 'UNTRACKED' then 'START_UPLOAD' when 'UPLOADING' then 'COMPLETE_UPLOAD'
  when 'PROCESSING' then 'COMPLETE_PROCESSING' else 'RESET' end`;

const id = uuidSql(':n::int');

export const LOCK = `select id, tenant, name, content_type, transfer, size, bytes_received, sha256, digest_declared,
  version, attempts, max_attempts, failure, metadata, created_at, updated_at, due_at, state as from_state
  from file where id = ${id} for update`;

export const MOVE = `update file set state = ${next}, version = version + 1, updated_at = now(),
  attempts = attempts + case state when 'UNTRACKED' then 1 else 0 end, due_at = ${dueAt}
  where id = ${id} returning state as to_state, version, attempts`;

export const RECORD = `insert into file_change
  (tenant, file_id, version, kind, event, from_state, to_state, attempt_id, actor, failure, file, occurred_at)
  values ('local', ${id}, :version::int, 'TRANSITIONED', ${event}, :from_state, :to_state, gen_random_uuid(), 'local', null,
    ${snapshotSql(`${id}::text`, ':to_state::text', ':version::text', ':attempts::text')}, now())`;
