// The secrets behind signed URLs.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261127093649_signing_secret extends Migration {

  override name = 'Migration20261127093649_signing_secret';

  override up(): void | Promise<void> {
    this.addSql(`create table "signing_secret" ("id" int not null, "secret" text not null, "created_at" timestamptz(3) not null, primary key ("id"));`);

    this.addSql(`alter table "signing_secret" add constraint "signing_secret_check" check (id > 0 and secret ~ '^[A-Za-z0-9_-]{43}\$');`);
  }

}
