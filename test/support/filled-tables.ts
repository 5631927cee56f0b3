// Many rows of everything that the program keeps, of one tenant.
import { GIVE_POSITIONS } from '../../bench/transitions/positions.ts';

export const TABLES = [
  'file',
  'file_change',
  'file_count',
  'file_count_delta',
  'byte_count',
  'byte_count_delta',
  'idempotency_record',
  'metadata_header',
  'segment',
  'upload',
  'feed_head',
  'feed_position',
  'file_text',
  'api_key',
  'webhook',
  'webhook_delivery',
];
const FILES = 25_000;
/** Of each tenant: they are counted, and a tenant may not have many (WAYBILL_MAX_API_KEYS_PER_TENANT). */
const KEYS = 50;

// Of the one tenant, as in most installations. Foreign keys are not checked again: the rows fit.
export const FILL = `
  set session_replication_role = replica;
  insert into file (id, tenant, name, content_type, transfer, size, bytes_received, state, version, max_attempts,
      metadata, created_at, updated_at)
    select gen_random_uuid(), 'local', 'file ' || n, 'a/b', 'MANAGED', 10, 10, 'INDEXED', 1, 3, '{}', now(), now()
    from generate_series(1, ${FILES}) as n;
  insert into file (id, tenant, name, content_type, transfer, state, version, max_attempts, metadata, created_at,
      updated_at, processing, queue, claimable_at)
    select gen_random_uuid(), 'local', 'taken ' || n, 'a/b', 'EXTERNAL', 'PROCESSING', 2, 3, '{}', now(), now(), '{}',
      'external', now() + interval '1 day' from generate_series(1, ${FILES / 5}) as n;
  create temporary table filled as
    select id, tenant, row_number() over () as n from file where size = 10 and name like 'file %';
  insert into file_change (tenant, file_id, version, kind, attempt_id, actor, file, occurred_at)
    select tenant, filled.id, 0, 'REGISTERED', filled.id, 'a', '{}', now() from filled;
  ${GIVE_POSITIONS};
  insert into idempotency_record (tenant, scope, key, fingerprint, file_id, version, created_at)
    select tenant, 'register', 'filled ' || n, '', id, 0, now() from filled;
  insert into api_key (id, tenant, name, roles, digest, created_by, created_at)
    select id, case when n > ${KEYS} then 'tenant ' || n / ${KEYS} else tenant end, 'a key', 'viewer', repeat('0', 64), 'a', now()
    from filled;
  insert into webhook (id, tenant, url, kinds, format, state, secret, position, fingerprint, epoch, created_by, created_at)
    select id, 'tenant ' || n / ${KEYS}, 'https://example.com/', 'REGISTERED', 'STANDARD', 'PAUSED', 'whsec_', 1, 1, 1, 'a', now()
    from filled where n > ${KEYS};
  insert into webhook_delivery (webhook_id, tenant, position, fingerprint, file_id, state, attempts, created_at, delivered_at)
    select id, 'tenant ' || n / ${KEYS}, 1, 1, id, 'DELIVERED', 1, now(), now() from filled where n > ${KEYS};
  insert into upload (file_id, epoch) select id, 1 from filled;
  insert into metadata_header (file_id, value) select id, 'filename YQ==' from filled;
  insert into file_text (file_id, token, tenant, language, text, tsv, indexed, created_at)
    select id, id, tenant, 'english', 'word ' || n, to_tsvector('english', 'word ' || n || repeat(' filler' || n, 20)), true, now()
    from filled;
  insert into segment (id, file_id, start, length, open) select id, id, 0, 10, false from filled;
  insert into file_count (tenant, state, files) values ('local', 'INDEXED', ${FILES})
    on conflict (tenant, state) do update set files = file_count.files + excluded.files;
  insert into byte_count (tenant, bytes) values ('local', ${10 * FILES})
    on conflict (tenant) do update set bytes = byte_count.bytes + excluded.bytes`;
