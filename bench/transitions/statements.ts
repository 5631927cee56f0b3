// The baseline's transaction: the least that a transition costs PostgreSQL. It locks the row, moves it and records it with
// its snapshot, in the same tables with the same indexes, checks and triggers. No HTTP, GraphQL, machine or feed.
import { uuidSql } from './cycle.ts';
import { snapshotSql } from './files.ts';

const next = `case state when 'UNTRACKED' then 'UPLOADING' when 'UPLOADING' then 'PROCESSING'
  when 'PROCESSING' then 'INDEXED' else 'UNTRACKED' end`;
// A deadline in every state but the last, as src/fsm/deadlines.ts has it.
const dueAt = `case state when 'PROCESSING' then null else now() + interval '7 days' end`;

// Nobody takes the files: they wait for a worker until the next event.
const isQueued = `state = 'UPLOADING'`;
const processing = `case when ${isQueued} then json_build_object('since', now(), 'epoch', 0, 'worker', null, 'token', null,
  'lost', 0, 'progress', null, 'message', null, 'cancelRequested', false)::jsonb end`;

const event = `case :from_state::text when 'UNTRACKED' then 'START_UPLOAD' when 'UPLOADING' then 'COMPLETE_UPLOAD'
  when 'PROCESSING' then 'COMPLETE_PROCESSING' else 'RESET' end`;

const id = uuidSql(':n::int');

export const LOCK = `select id, tenant, name, content_type, transfer, size, bytes_received, sha256, digest_declared,
  version, attempts, max_attempts, failure, metadata, properties, processing, queue, claimable_at, created_at, updated_at, due_at, state as from_state
  from file where id = ${id} for update`;

export const MOVE = `update file set state = ${next}, version = version + 1, updated_at = now(),
  attempts = attempts + case state when 'UNTRACKED' then 1 else 0 end, due_at = ${dueAt},
  processing = ${processing}, queue = case when ${isQueued} then 'external' end,
  claimable_at = case when ${isQueued} then now() end
  where id = ${id} returning state as to_state, version, attempts`;

/** What clients see of it. */
const VISIBLE = `case when :to_state::text = 'PROCESSING' then '{"worker": null, "attempt": 0, "progress": null, "message": null, "leaseExpiresAt": null, "cancelRequested": false}'
  else 'null' end`;

export const RECORD = `insert into file_change
  (tenant, file_id, version, kind, event, from_state, to_state, attempt_id, actor, failure, file, occurred_at)
  values ('local', ${id}, :version::int, 'TRANSITIONED', ${event}, :from_state, :to_state, gen_random_uuid(), 'local', null,
    ${snapshotSql(`${id}::text`, ':to_state::text', ':version::text', ':attempts::text', VISIBLE)}, now())`;
