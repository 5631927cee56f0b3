// Why migrations cannot run, and what to do about it, in words for whoever runs the service.
import type { Client } from 'pg';
import { describeConnectionError } from './connection-errors.ts';
import { codeOf } from './pg-errors.ts';

interface Where {
  readonly role: string;
  readonly database: string;
  readonly schema: string | null;
}

/** One line, without a final full stop. */
export async function describeMigrationError(error: unknown, client: Client): Promise<string> {
  const code = codeOf(error);
  const where = await locate(client);
  if (where === null || code === undefined) return describeConnectionError(error);
  const { role, database, schema } = where;
  switch (code) {
    case '42501': // insufficient_privilege
      return (
        `the role "${role}" may not create or change tables in the schema "${schema ?? 'public'}" of the database ` +
        `"${database}": GRANT CREATE, USAGE ON SCHEMA "${schema ?? 'public'}" TO "${role}", and let it own the tables (${code})`
      );
    case '3F000': // invalid_schema_name
      return (
        `no schema of the search_path of the role "${role}" exists in the database "${database}": create one, or ` +
        `ALTER ROLE "${role}" SET search_path = public (${code})`
      );
    case '25006': // read_only_sql_transaction
      return (
        `the database "${database}" takes no writes from the role "${role}": it is a standby, or ` +
        `default_transaction_read_only is on (${code})`
      );
    case '55P03': // lock_not_available
      return `a table is locked by another session, so it could not be changed in time: try again (${code})`;
    case '0A000':
    case '42704':
    case '42883':
      return `this server lacks something that is needed: ${describeConnectionError(error)}`;
    default:
      return describeConnectionError(error);
  }
}

/** Null when the connection cannot be asked. */
async function locate(client: Client): Promise<Where | null> {
  try {
    await client.query('rollback');
    const { rows } = await client.query<Where>(
      'select current_user as role, current_database() as database, current_schema() as schema',
    );
    return rows[0] ?? null;
  } catch {
    return null;
  }
}
