// Resumable uploads: leases, segments, and the deadline of a file's state.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261124232640_uploads extends Migration {

  override name = 'Migration20261124232640_uploads';

  override up(): void | Promise<void> {
    this.addSql(`create table "segment" ("id" uuid not null, "file_id" uuid null, "start" bigint not null, "length" bigint not null default '0', "open" boolean not null default true, primary key ("id"));`);
    this.addSql(`create index "segment_by_file" on "segment" ("file_id", "start");`);
    this.addSql(`create index "segment_discarded" on "segment" ("id") where file_id is null;`);
    this.addSql(`create unique index "segment_place_unique" on "segment" ("file_id", "start") where length > 0;`);

    this.addSql(`create table "upload" ("file_id" uuid not null, "epoch" int not null default 0, "lease_until" timestamptz(3) null, "release_wanted" boolean not null default false, "digest_state" text null, "digest_offset" bigint not null default '0', primary key ("file_id"));`);

    this.addSql(`alter table "file" add "due_at" timestamptz(3) null, add "digest_declared" boolean not null default false;`);
    this.addSql(`update "file" set "digest_declared" = true where "sha256" is not null;`);
    // By hand: files from before have no deadline yet. Due now, each is looked at once and put off by its own age.
    this.addSql(`update "file" set "due_at" = now() where "state" in ('UNTRACKED', 'UPLOADING', 'PROCESSING');`);
    this.addSql(`create index "file_due" on "file" ("due_at") where due_at is not null;`);

    this.addSql(`alter table "segment" add constraint "segment_file_id_foreign" foreign key ("file_id") references "file" ("id") on delete set null;`);
    this.addSql(`alter table "segment" add constraint "segment_range_check" check (start >= 0 and length >= 0);`);

    this.addSql(`alter table "upload" add constraint "upload_file_id_foreign" foreign key ("file_id") references "file" ("id") on update cascade on delete cascade;`);
    this.addSql(`alter table "upload" add constraint "upload_epoch_check" check (epoch >= 0);`);
    this.addSql(`alter table "upload" add constraint "upload_digest_check" check ((digest_state is null) = (digest_offset = 0) and digest_offset >= 0);`);
  }

}
