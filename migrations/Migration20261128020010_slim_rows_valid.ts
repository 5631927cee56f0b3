// Of a few rows: file_count_delta is a queue.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261128020010_slim_rows_valid extends Migration {

  override name = 'Migration20261128020010_slim_rows_valid';

  override up(): void | Promise<void> {
    this.addSql(`alter table "file_count_delta" validate constraint "file_count_delta_from_state_check";`);
  }

}
