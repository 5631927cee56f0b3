-- What PostGraphile is told about Waybill's tables, and the mutation that it offers over them: the same lock, check, update
-- and row of the log as a transition has in Waybill, in one function. Every statement finds its row by a unique key.

comment on table file_change is '@foreignKey (file_id) references file (id)|@fieldName ofFile|@foreignFieldName transitions';
comment on column file_change.kind is '@behavior +attribute:filterBy';

create function transition_file(file_id uuid, event text, attempt_id uuid default gen_random_uuid()) returns file
language plpgsql volatile as $$
declare
  before file;
  after file;
  next text;
begin
  select * into before from file f where f.id = transition_file.file_id for update;
  if not found or before.tenant <> 'local' then
    raise exception 'FILE_NOT_FOUND';
  end if;
  next := case event
    when 'START_UPLOAD' then case when before.state = 'UNTRACKED' then 'UPLOADING' end
    when 'COMPLETE_UPLOAD' then case when before.state = 'UPLOADING' then 'PROCESSING' end
    when 'COMPLETE_PROCESSING' then case when before.state = 'PROCESSING' then 'INDEXED' end
    when 'RESET' then case when before.state = 'INDEXED' then 'UNTRACKED' end
  end;
  if next is null then
    raise exception 'TRANSITION_NOT_ALLOWED';
  end if;
  update file f set state = next, version = before.version + 1, updated_at = now(),
    attempts = before.attempts + case next when 'UPLOADING' then 1 else 0 end,
    due_at = case next when 'INDEXED' then null else now() + interval '7 days' end,
    processing = case next when 'PROCESSING' then jsonb_build_object('since', now(), 'epoch', 0, 'worker', null,
      'token', null, 'lost', 0, 'progress', null, 'message', null, 'cancelRequested', false) end,
    queue = case next when 'PROCESSING' then 'external' end,
    claimable_at = case next when 'PROCESSING' then now() end
    where f.id = before.id returning * into after;
  insert into file_change (tenant, file_id, version, kind, event, from_state, to_state, attempt_id, actor, file, occurred_at)
    values (after.tenant, after.id, after.version, 'TRANSITIONED', transition_file.event, before.state, after.state,
      transition_file.attempt_id, 'local', jsonb_build_object('id', after.id, 'name', after.name,
        'contentType', after.content_type, 'transfer', after.transfer, 'size', after.size,
        'bytesReceived', after.bytes_received, 'sha256', after.sha256, 'state', after.state, 'version', after.version,
        'attempts', after.attempts, 'maxAttempts', after.max_attempts, 'failure', after.failure,
        'metadata', after.metadata, 'properties', after.properties,
        'processing', case when after.processing is not null then '{"worker": null, "attempt": 0, "progress": null,
          "message": null, "leaseExpiresAt": null, "cancelRequested": false}'::jsonb end,
        'createdAt', after.created_at, 'updatedAt', after.updated_at), now());
  return after;
end
$$;
