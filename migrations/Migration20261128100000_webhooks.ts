// Webhooks, their deliveries, and the replicas that send.
import { Migration } from '@mikro-orm/migrations';
import { BY_TENANT, rowSecurity } from '../src/db/row-security.ts';

export class Migration20261128100000_webhooks extends Migration {

  override name = 'Migration20261128100000_webhooks';

  override up(): void | Promise<void> {
    this.addSql(`create table "webhook" ("id" uuid not null, "tenant" text not null, "url" text not null, "kinds" text not null, "states" text null, "format" text not null, "state" text not null, "disabled_reason" text null, "secret" text not null, "previous_secret" text null, "previous_secret_until" timestamptz(3) null, "position" bigint not null, "fingerprint" int not null, "holder" uuid null, "epoch" int not null, "failing_since" timestamptz(3) null, "created_by" text not null, "created_at" timestamptz(3) not null, primary key ("id"));`);
    this.addSql(`create index "webhook_by_tenant" on "webhook" ("tenant");`);
    this.addSql(`create index "webhook_active" on "webhook" ("holder", "id") where state = 'ACTIVE';`);

    this.addSql(`create table "webhook_delivery" ("webhook_id" uuid not null, "position" bigint not null, "fingerprint" int not null, "tenant" text not null, "file_id" uuid not null, "state" text not null, "attempts" int not null, "status" int null, "error" text null, "next_attempt_at" timestamptz(3) null, "created_at" timestamptz(3) not null, "delivered_at" timestamptz(3) null, primary key ("webhook_id", "position"));`);
    this.addSql(`create index "webhook_delivery_not_done" on "webhook_delivery" ("webhook_id", "position") where state <> 'DELIVERED';`);

    this.addSql(`create table "webhook_sender" ("id" uuid not null, "expires_at" timestamptz(3) not null, primary key ("id"));`);

    this.addSql(`alter table "webhook" add constraint "webhook_state_check" check (state in ('ACTIVE', 'PAUSED', 'DISABLED'));`);
    this.addSql(`alter table "webhook" add constraint "webhook_format_check" check (format in ('STANDARD', 'CLOUDEVENTS'));`);
    this.addSql(`alter table "webhook" add constraint "webhook_disabled_check" check ((state = 'DISABLED') = (disabled_reason is not null));`);

    this.addSql(`alter table "webhook_delivery" add constraint "webhook_delivery_state_check" check (state in ('PENDING', 'DELIVERED', 'GIVEN_UP'));`);
    this.addSql(`alter table "webhook_delivery" add constraint "webhook_delivery_done_check" check ((state = 'DELIVERED') = (delivered_at is not null));`);

    for (const table of ['webhook', 'webhook_delivery']) {
      for (const sql of rowSecurity(table, BY_TENANT)) this.addSql(sql);
    }
  }

}
