// The Upload-Metadata header of a registration, as it was sent. `file` is locked for a moment only: the table is empty.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261126221741_metadata_header extends Migration {

  override name = 'Migration20261126221741_metadata_header';

  override up(): void | Promise<void> {
    this.addSql(`create table "metadata_header" ("file_id" uuid not null, "value" text not null, primary key ("file_id"));`);

    this.addSql(`alter table "metadata_header" add constraint "metadata_header_file_id_foreign" foreign key ("file_id") references "file" ("id") on update cascade on delete cascade;`);
    this.addSql(`alter table "metadata_header" add constraint "metadata_header_value_check" check (octet_length(value) <= 8192);`);
  }

}
