// Positions of the feed get a table of their own (docs/adr/0026). A replica of the version before would go on writing them into
// the log, so it must not run beside this one. The first row stands for the place up to which the feed was pruned: it is there
// before the first change, and the next migration goes on from it.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261127120000_positions_alone extends Migration {

  override name = 'Migration20261127120000_positions_alone';

  override up(): void | Promise<void> {
    this.addSql(`create table "feed_position" ("position" bigint not null, "log_id" bigint not null, "fingerprint" int not null, "seen" bigint null, "missing" int8multirange null, "settles_to" bigint null, "settles_at" xid8 null, primary key ("position"));`);
    this.addSql(`alter table "feed_position" add constraint "feed_position_log_id_unique" unique ("log_id");`);
    this.addSql(`insert into "feed_position" ("position", "log_id", "fingerprint")
      select trimmed, coalesce((select id from "file_change" where position = trimmed), 0), (floor(random() * 4294967296) - 2147483648)::int
      from "feed_head";`);
  }

}
