// The log loses its column of positions, with its indexes and the trigger of each row. No transaction writes the log under the
// lock, so what the sequencer has yet to find are just the rows without a position, and all ids that come later. A replica of
// the version before may have given more positions since they were copied: they are copied here.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261127120020_positions_moved extends Migration {

  override name = 'Migration20261127120020_positions_moved';

  override up(): void | Promise<void> {
    this.addSql(`lock table "file_change" in access exclusive mode;`);
    this.addSql(`insert into "feed_position" ("position", "log_id", "fingerprint")
      select position, id, (floor(random() * 4294967296) - 2147483648)::int from "file_change"
      where position > (select max(position) from "feed_position") order by position;`);
    // One row: the newest.
    this.addSql(`do \$\$ begin
      update "feed_position" set seen = (select coalesce(max(id), 0) from "file_change"),
        missing = (select range_agg(int8range(id, id, '[]')) from "file_change" where position is null)
        where position = (select max(position) from "feed_position");
    end \$\$;`);
    this.addSql(`drop trigger "file_change_append_only" on "file_change";`);
    this.addSql(`drop function "file_change_file_change_append_only_fn"();`);
    this.addSql(`alter table "file_change" drop column "position";`);
    this.addSql(`alter table "feed_head" drop constraint "feed_head_order";`);
    this.addSql(`alter table "feed_head" drop column "position";`);
    this.addSql(`create or replace function "file_change_file_change_append_only_fn"() returns trigger as \$\$ begin raise exception 'file_change is append-only' using errcode = 'integrity_constraint_violation'; end; \$\$ language plpgsql;`);
    this.addSql(`create trigger "file_change_append_only" BEFORE UPDATE on "file_change" for each STATEMENT execute function "file_change_file_change_append_only_fn"();`);
    this.addSql(`create or replace function "feed_position_feed_position_append_only_fn"() returns trigger as \$\$ begin raise exception 'feed_position is append-only' using errcode = 'integrity_constraint_violation'; end; \$\$ language plpgsql;`);
    this.addSql(`create trigger "feed_position_append_only" BEFORE UPDATE on "feed_position" for each STATEMENT execute function "feed_position_feed_position_append_only_fn"();`);
  }

}
