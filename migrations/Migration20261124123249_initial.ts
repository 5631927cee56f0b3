// The first schema, generated from src/entities; the last two statements are written by hand, see their comments.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261124123249_initial extends Migration {

  override name = 'Migration20261124123249_initial';

  override up(): void | Promise<void> {
    this.addSql(`create table "feed_head" ("id" int not null default 1, "feed_id" uuid not null default gen_random_uuid(), "position" bigint not null default '0', "trimmed" bigint not null default '0', primary key ("id"));`);
    this.addSql(`alter table "feed_head" add constraint "feed_head_single_row" check (id = 1);`);
    this.addSql(`alter table "feed_head" add constraint "feed_head_order" check (trimmed >= 0 and trimmed <= position);`);

    this.addSql(`create table "file" ("id" uuid not null, "tenant" text not null, "name" text not null, "content_type" text not null, "transfer" text not null, "size" bigint null, "bytes_received" bigint not null default '0', "sha256" text null, "state" text not null, "version" int not null default 0, "attempts" int not null default 0, "max_attempts" int not null, "failure" jsonb null, "metadata" jsonb not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, primary key ("id"));`);
    this.addSql(`create index "file_by_tenant" on "file" ("tenant", "id");`);
    this.addSql(`create index "file_by_state" on "file" ("tenant", "state", "id");`);
    this.addSql(`alter table "file" add constraint "file_state_check" check (state in ('UNTRACKED', 'UPLOADING', 'PROCESSING', 'INDEXED', 'FAILED'));`);
    this.addSql(`alter table "file" add constraint "file_transfer_check" check (transfer in ('MANAGED', 'EXTERNAL'));`);
    this.addSql(`alter table "file" add constraint "file_failure_check" check ((state = 'FAILED') = (failure is not null));`);
    this.addSql(`alter table "file" add constraint "file_size_check" check (size >= 0 and (size is not null or transfer = 'EXTERNAL'));`);
    this.addSql(`alter table "file" add constraint "file_bytes_received_check" check (bytes_received >= 0 and (size is null or bytes_received <= size));`);
    this.addSql(`alter table "file" add constraint "file_sha256_check" check (sha256 ~ '^[0-9a-f]{64}\$');`);
    this.addSql(`alter table "file" add constraint "file_counters_check" check (version >= 0 and attempts >= 0 and max_attempts >= 1);`);

    this.addSql(`create table "file_change" ("id" bigserial primary key, "position" bigint null, "tenant" text not null, "file_id" uuid not null, "version" int not null, "kind" text not null, "event" text null, "from_state" text null, "to_state" text null, "attempt_id" uuid not null, "actor" text not null, "failure" jsonb null, "file" jsonb not null, "occurred_at" timestamptz(3) not null);`);
    this.addSql(`alter table "file_change" add constraint "file_change_position_unique" unique ("position");`);
    this.addSql(`create index "file_change_unsequenced" on "file_change" ("id") where position is null;`);
    this.addSql(`alter table "file_change" add constraint "file_change_version_unique" unique ("file_id", "version");`);
    this.addSql(`alter table "file_change" add constraint "file_change_kind_check" check (kind in ('REGISTERED', 'TRANSITIONED', 'DELETED'));`);
    this.addSql(`alter table "file_change" add constraint "file_change_event_check" check (event in ('START_UPLOAD', 'COMPLETE_UPLOAD', 'FAIL_UPLOAD', 'COMPLETE_PROCESSING', 'FAIL_PROCESSING', 'RESET', 'FAIL_RESET', 'RETRY'));`);
    this.addSql(`alter table "file_change" add constraint "file_change_states_check" check (from_state in ('UNTRACKED', 'UPLOADING', 'PROCESSING', 'INDEXED', 'FAILED') and to_state in ('UNTRACKED', 'UPLOADING', 'PROCESSING', 'INDEXED', 'FAILED'));`);
    this.addSql(`alter table "file_change" add constraint "file_change_transition_check" check (num_nonnulls(event, from_state, to_state) = case when kind = 'TRANSITIONED' then 3 else 0 end);`);
    this.addSql(`alter table "file_change" add constraint "file_change_failure_check" check (coalesce(to_state = 'FAILED', false) = (failure is not null));`);
    this.addSql(`alter table "file_change" add constraint "file_change_version_check" check ((version = 0) = (kind = 'REGISTERED') and version >= 0);`);
    this.addSql(`create or replace function "file_change_file_change_append_only_fn"() returns trigger as \$\$ begin if old.position is not null or new.position is null or row(new.id, new.tenant, new.file_id, new.version, new.kind, new.event, new.from_state, new.to_state, new.attempt_id, new.actor, new.failure, new.file, new.occurred_at) is distinct from row(old.id, old.tenant, old.file_id, old.version, old.kind, old.event, old.from_state, old.to_state, old.attempt_id, old.actor, old.failure, old.file, old.occurred_at) then
          raise exception 'file_change is append-only' using errcode = 'integrity_constraint_violation';         end if;         return new; end; \$\$ language plpgsql;`);
    this.addSql(`create trigger "file_change_append_only" BEFORE UPDATE on "file_change" for each ROW execute function "file_change_file_change_append_only_fn"();`);

    this.addSql(`create table "idempotency_record" ("tenant" text not null, "scope" text not null, "key" text not null, "fingerprint" text not null, "file_id" uuid not null, "version" int not null, "created_at" timestamptz(3) not null, primary key ("tenant", "scope", "key"));`);
    this.addSql(`create index "idempotency_record_answer" on "idempotency_record" ("file_id", "version");`);
    // A key is kept as long as its answer. Deferred, because a registration claims its key before it writes the log.
    this.addSql(
      `alter table "idempotency_record" add constraint "idempotency_record_answer_fk" ` +
        `foreign key ("file_id", "version") references "file_change" ("file_id", "version") ` +
        `on delete cascade deferrable initially deferred;`,
    );
    // The feed begins at position 0, with an identity of its own.
    this.addSql(`insert into "feed_head" default values;`);
  }

}
