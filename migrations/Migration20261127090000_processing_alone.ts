// What processors found, and who processes a file. A replica of the version before would move files into and out of
// PROCESSING without these columns, so it must not run beside it.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261127090000_processing_alone extends Migration {

  override name = 'Migration20261127090000_processing_alone';

  override up(): void | Promise<void> {
    this.addSql(`alter table "file" add "properties" jsonb not null default '{}', add "processing" jsonb null, add "queue" text null, add "claimable_at" timestamptz(3) null;`);
  }

}
