// The three columns of processing are set exactly while a file is PROCESSING.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261127090200_processing_checks extends Migration {

  override name = 'Migration20261127090200_processing_checks';

  override up(): void | Promise<void> {
    this.addSql(`alter table "file" add constraint "file_queue_check" check (queue in ('builtin', 'external')) not valid;`);
    this.addSql(`alter table "file" add constraint "file_processing_check" check (num_nonnulls(processing, queue, claimable_at) = case when state = 'PROCESSING' then 3 else 0 end) not valid;`);
  }

}
