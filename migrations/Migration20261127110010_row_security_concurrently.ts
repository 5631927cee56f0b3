// Row-level security for a role that is not the owner of the tables (docs/adr/0025). Each table is changed in a transaction of
// its own: the lock is short, and no other table is locked meanwhile. Run again it makes the same.
import { Migration } from '@mikro-orm/migrations';
import { BY_TENANT, byFileOf, byFileOrNone, byTenantOrFileOf, rowSecurity } from '../src/db/row-security.ts';

const TENANTS = ['byte_count', 'byte_count_delta', 'file', 'file_attributes', 'file_change', 'file_count', 'file_count_delta', 'file_text', 'idempotency_record', 'api_key'];

export class Migration20261127110010_row_security_concurrently extends Migration {

  override name = 'Migration20261127110010_row_security_concurrently';

  override isTransactional(): boolean {
    return false;
  }

  override up(): void | Promise<void> {
    for (const table of TENANTS) this.addSql(alone(rowSecurity(table, BY_TENANT)));
    this.addSql(alone(rowSecurity('upload', byFileOf('upload'))));
    this.addSql(alone(rowSecurity('metadata_header', byTenantOrFileOf('metadata_header'))));
    this.addSql(alone(rowSecurity('segment', byFileOrNone('segment'))));
  }

}

/** In one transaction that waits for no lock for long, so that nobody waits behind it, and tries again for a minute. */
function alone(statements: readonly string[]): string {
  const run = statements.map((sql) => `execute ${quote(sql)};`).join('\n');
  return `do $do$
    begin
      for attempt in 1..30 loop
        begin
          perform set_config('lock_timeout', '2s', true);
          ${run}
          return;
        exception when lock_not_available or deadlock_detected then
          if attempt = 30 then raise; end if;
        end;
        commit;
        perform pg_sleep(1);
      end loop;
    end $do$;`;
}

const quote = (sql: string): string => `'${sql.replaceAll("'", "''")}'`;
