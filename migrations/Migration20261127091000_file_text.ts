// The text of files, for search. Rows are small, because text and words are kept out of line; half of each page is left free,
// so that the update that makes a row live finds room on its page and adds no entry to an index.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261127091000_file_text extends Migration {

  override name = 'Migration20261127091000_file_text';

  override up(): void | Promise<void> {
    this.addSql(`create table "file_text" ("file_id" uuid not null, "token" uuid not null, "tenant" text not null, "language" text not null, "text" text not null, "tsv" tsvector not null, "indexed" boolean not null default false, "created_at" timestamptz(3) not null, primary key ("file_id", "token"));`);
    this.addSql(`alter table "file_text" set (toast_tuple_target = 128, fillfactor = 50);`);
    this.addSql(`create index "file_text_by_language" on "file_text" ("tenant", "language", "file_id");`);
    this.addSql(`create index "file_text_words" on "file_text" using gin ((array["tenant" || ' ' || "language"]), "tsv") with (fastupdate = off);`);

    this.addSql(`alter table "file_text" add constraint "file_text_file_id_foreign" foreign key ("file_id") references "file" ("id") on delete cascade;`);
    this.addSql(`alter table "file_text" add constraint "file_text_size_check" check (octet_length(text) <= 1048576);`);
  }

}
