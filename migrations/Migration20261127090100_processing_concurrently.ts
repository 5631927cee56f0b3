// Files that are in PROCESSING already wait for a worker from now on; those of EXTERNAL files are its client's.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261127090100_processing_concurrently extends Migration {

  override name = 'Migration20261127090100_processing_concurrently';

  override isTransactional(): boolean {
    return false;
  }

  override up(): void | Promise<void> {
    this.addSql(`do \$\$
      declare
        rows int;
      begin
        loop
          update "file" set queue = case when transfer = 'EXTERNAL' then 'external' else 'builtin' end, claimable_at = now(),
            processing = jsonb_build_object('since', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
              'epoch', 0, 'worker', null, 'token', null, 'lost', 0, 'progress', null, 'message', null, 'cancelRequested', false)
            where id in (select id from "file" where state = 'PROCESSING' and processing is null limit 5000 for update);
          get diagnostics rows = row_count;
          commit;
          exit when rows = 0;
        end loop;
      end \$\$;`);
    this.addSql(`drop index concurrently if exists "file_queue";`);
    this.addSql(`create index concurrently "file_queue" on "file" ("queue", "tenant", "claimable_at", "id") where queue is not null;`);
  }

}
