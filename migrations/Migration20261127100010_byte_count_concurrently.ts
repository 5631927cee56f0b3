// Counts the bytes of the files that are here already. One statement, so that nobody has to wait: what differs from the kept
// count in its snapshot is added, which also makes it right to run it twice. Files that a replica of the version before
// registers or deletes later are not counted: `recount` adds them (docs/operations.md).
import { Migration } from '@mikro-orm/migrations';

export class Migration20261127100010_byte_count_concurrently extends Migration {

  override name = 'Migration20261127100010_byte_count_concurrently';

  override isTransactional(): boolean {
    return false;
  }

  override up(): void | Promise<void> {
    this.addSql(`insert into "byte_count_delta" ("tenant", "bytes")
      select tenant, sum(bytes) from (
        select tenant, case when transfer = 'MANAGED' and not (state = 'FAILED' and bytes_received = 0) then size else 0 end as bytes
          from "file"
        union all select tenant, -bytes from "byte_count"
        union all select tenant, -bytes from "byte_count_delta"
      ) as differences group by tenant having sum(bytes) <> 0;`);
  }

}
