// Less to write for each transition (docs/adr/0041): a row of the log without what its columns say, and one row of the counts
// for a move. The version before would show files of such rows without what is left out, and count a move as an arrival.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261128020000_slim_rows_alone extends Migration {

  override name = 'Migration20261128020000_slim_rows_alone';

  override up(): void | Promise<void> {
    this.addSql(`alter table "file_count_delta" add "from_state" text null;`);
    this.addSql(`alter table "file_count_delta" add constraint "file_count_delta_from_state_check" check (from_state in ('UNTRACKED', 'UPLOADING', 'PROCESSING', 'INDEXED', 'FAILED')) not valid;`);
  }

}
