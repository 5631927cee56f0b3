// Which byte store belongs to this database.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261126211500_store extends Migration {

  override name = 'Migration20261126211500_store';

  override up(): void | Promise<void> {
    this.addSql(`create table "store_identity" ("id" int not null default 1, "store_id" uuid not null, primary key ("id"));`);
    this.addSql(`alter table "store_identity" add constraint "store_identity_single_row" check (id = 1);`);
  }

}
