// Whose an Upload-Metadata header is: its row is written in one statement with the file, which a policy cannot see yet. Rows
// from before, and those of replicas of the version before, have none and follow their file.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261127110000_header_tenant extends Migration {

  override name = 'Migration20261127110000_header_tenant';

  override up(): void | Promise<void> {
    this.addSql(`alter table "metadata_header" add "tenant" text null;`);
  }

}
