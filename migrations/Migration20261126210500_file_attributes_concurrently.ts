// The attributes of the files that were registered before their table was made; a trigger writes those of all later ones.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261126210500_file_attributes_concurrently extends Migration {

  override name = 'Migration20261126210500_file_attributes_concurrently';

  override isTransactional(): boolean {
    return false;
  }

  // In the order of the ids, so that each row is looked at once. The lock keeps a file from being deleted meanwhile.
  override up(): void | Promise<void> {
    this.addSql(`do \$\$
      declare
        last uuid := '00000000-0000-0000-0000-000000000000';
      begin
        while last is not null loop
          with batch as (
            select * from "file" where id > last order by id limit 5000 for key share
          ), filled as (
            insert into "file_attributes" (file_id, tenant, name, created_at, sort_name, sort_size, labels)
            select id, tenant, name, created_at, left(name, 256), coalesce(size, -1),
              jsonb_build_object('tenant', tenant, 'contentType', content_type, 'metadata', metadata) from batch
            on conflict (file_id) do nothing
          )
          select max(id::text)::uuid into last from batch;
          commit;
        end loop;
      end \$\$;`);
  }

}
