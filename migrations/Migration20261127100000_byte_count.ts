// The bytes of each tenant, kept like the number of its files.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261127100000_byte_count extends Migration {

  override name = 'Migration20261127100000_byte_count';

  override up(): void | Promise<void> {
    this.addSql(`create table "byte_count" ("tenant" text not null, "bytes" bigint not null default '0', primary key ("tenant"));`);
    this.addSql(`create table "byte_count_delta" ("id" bigserial primary key, "tenant" text not null, "bytes" bigint not null);`);
    // By hand: as of file_count_delta, a queue.
    this.addSql(`alter table "byte_count_delta" set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);`);
  }

}
