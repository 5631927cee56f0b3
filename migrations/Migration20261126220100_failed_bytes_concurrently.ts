// FAILED files from before WAYBILL_FAILED_BYTES_RETENTION get a deadline for the bytes of their incomplete uploads.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261126220100_failed_bytes_concurrently extends Migration {

  override name = 'Migration20261126220100_failed_bytes_concurrently';

  override isTransactional(): boolean {
    return false;
  }

  // A day from now, whatever the setting: a replica of the version before would take a deadline that has passed away again.
  override up(): void | Promise<void> {
    this.addSql(`do \$\$
      declare
        rows int;
      begin
        loop
          update "file" set due_at = now() + interval '1 day' where id in (
            select id from "file" where state = 'FAILED' and transfer = 'MANAGED' and due_at is null
              and bytes_received > 0 and bytes_received <> size limit 5000 for update skip locked);
          get diagnostics rows = row_count;
          commit;
          exit when rows = 0;
        end loop;
      end \$\$;`);
  }

}
