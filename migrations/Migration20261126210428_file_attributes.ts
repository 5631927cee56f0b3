// What lists filter and sort by, in a table of its own (docs/adr/0014). The next migration fills it: this one finds nothing
// in the table, so it locks `file` for a moment only.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261126210428_file_attributes extends Migration {

  override name = 'Migration20261126210428_file_attributes';

  override up(): void | Promise<void> {
    this.addSql(`create table "file_attributes" ("file_id" uuid not null, "tenant" text not null, "name" text not null, "created_at" timestamptz(3) not null, "sort_name" text collate "C" not null, "sort_size" bigint not null, "labels" jsonb not null, primary key ("file_id"));`);

    this.addSql(`create index "file_attributes_by_creation" on "file_attributes" ("tenant", "created_at", "file_id");`);
    this.addSql(`create index "file_attributes_by_name" on "file_attributes" ("tenant", "sort_name", "file_id");`);
    this.addSql(`create index "file_attributes_by_size" on "file_attributes" ("tenant", "sort_size", "file_id");`);
    this.addSql(`create index "file_attributes_labels" on "file_attributes" using gin ("labels" jsonb_path_ops);`);

    this.addSql(`create or replace function "file_file_attributes_fn"() returns trigger as \$\$ begin insert into file_attributes (file_id, tenant, name, created_at, sort_name, sort_size, labels)
          values (new.id, new.tenant, new.name, new.created_at, left(new.name, 256), coalesce(new.size, -1),
            jsonb_build_object('tenant', new.tenant, 'contentType', new.content_type, 'metadata', new.metadata));         return null; end; \$\$ language plpgsql;`);
    // The function finds its table whatever the search_path of whoever inserts: a restore, an operator, another application.
    this.addSql(`do \$\$ begin execute format('alter function %1$I."file_file_attributes_fn"() set search_path = %1$I', current_schema()); end; \$\$;`);
    this.addSql(`create trigger "file_attributes" AFTER INSERT on "file" for each ROW execute function "file_file_attributes_fn"();`);
    this.addSql(`alter table "file_attributes" add constraint "file_attributes_file_id_foreign" foreign key ("file_id") references "file" ("id") on update cascade on delete cascade;`);
  }

}
