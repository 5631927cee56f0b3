// Kept counts instead of counting; room on the pages of files for updates in place; one index entry less for each change.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261125010103_counts extends Migration {

  override name = 'Migration20261125010103_counts';

  override up(): void | Promise<void> {
    this.addSql(`create table "file_count" ("tenant" text not null, "state" text not null, "files" bigint not null default '0', primary key ("tenant", "state"));`);
    this.addSql(`create table "file_count_delta" ("id" bigserial primary key, "tenant" text not null, "state" text not null, "files" int not null);`);
    this.addSql(`alter table "file_count" add constraint "file_count_state_check" check (state in ('UNTRACKED', 'UPLOADING', 'PROCESSING', 'INDEXED', 'FAILED'));`);
    this.addSql(`alter table "file_count_delta" add constraint "file_count_delta_state_check" check (state in ('UNTRACKED', 'UPLOADING', 'PROCESSING', 'INDEXED', 'FAILED'));`);

    // By hand from here on. What is there already is counted once; nobody may write meanwhile.
    this.addSql(`lock table "file" in share mode;`);
    this.addSql(`insert into "file_count" ("tenant", "state", "files") select "tenant", "state", count(*) from "file" group by "tenant", "state";`);
    // Rows come and go by the second: a queue is cleaned by what is dead in it, not by its share of the table.
    this.addSql(`alter table "file_count_delta" set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);`);
    // Room for the next version of a row on its own page: progress then touches no index (docs/adr/0014).
    this.addSql(`alter table "file" set (fillfactor = 85);`);
    this.addSql(`alter table "file_change" drop constraint "file_change_position_unique";`);
    this.addSql(`create unique index "file_change_position_unique" on "file_change" ("position") where position is not null;`);
  }

}
