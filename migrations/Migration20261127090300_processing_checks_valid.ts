// In a migration of its own: the check of all rows must not hold the lock that adding the constraint takes.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261127090300_processing_checks_valid extends Migration {

  override name = 'Migration20261127090300_processing_checks_valid';

  override up(): void | Promise<void> {
    this.addSql(`alter table "file" validate constraint "file_queue_check";`);
    this.addSql(`alter table "file" validate constraint "file_processing_check";`);
  }

}
