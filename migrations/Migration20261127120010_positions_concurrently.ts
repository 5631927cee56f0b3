// Copies the positions that were given before, in batches. May be interrupted and run again: it goes on after the newest copy.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261127120010_positions_concurrently extends Migration {

  override name = 'Migration20261127120010_positions_concurrently';

  override isTransactional(): boolean {
    return false;
  }

  override up(): void | Promise<void> {
    this.addSql(`do \$\$
      declare
        rows int;
      begin
        loop
          insert into "feed_position" ("position", "log_id", "fingerprint")
            select position, id, (floor(random() * 4294967296) - 2147483648)::int from "file_change"
            where position > (select max(position) from "feed_position") order by position limit 5000;
          get diagnostics rows = row_count;
          commit;
          exit when rows = 0;
        end loop;
      end \$\$;`);
  }

}
