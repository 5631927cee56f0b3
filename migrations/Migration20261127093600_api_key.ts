// API keys: principals for machines.
import { Migration } from '@mikro-orm/migrations';

export class Migration20261127093600_api_key extends Migration {

  override name = 'Migration20261127093600_api_key';

  override up(): void | Promise<void> {
    this.addSql(`create table "api_key" ("id" uuid not null, "tenant" text not null, "name" text not null, "roles" text not null, "digest" text not null, "created_by" text not null, "created_at" timestamptz(3) not null, "expires_at" timestamptz(3) null, "last_used_at" timestamptz(3) null, "revoked_at" timestamptz(3) null, primary key ("id"));`);
    this.addSql(`create index "api_key_by_tenant" on "api_key" ("tenant", "id");`);

    this.addSql(`alter table "api_key" add constraint "api_key_digest_check" check (digest ~ '^[0-9a-f]{64}\$');`);
    this.addSql(`alter table "api_key" add constraint "api_key_roles_check" check (roles <> '');`);
  }

}
