// A database of its own for a test file, cloned from the migrated template.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  readonly url: string;
  /** Runs one statement on a connection of its own. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

const withName = (url: string, name: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;

async function query<Row extends pg.QueryResultRow>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

export async function createDatabase(): Promise<TestDatabase> {
  const template = inject('templateUrl');
  const admin = withName(template, 'postgres');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const from = new URL(template).pathname.slice(1);
  // STRATEGY FILE_COPY would need a checkpoint; WAL_LOG (the default) is quicker for a small template.
  await query(admin, `create database ${name} template ${from}`);
  const url = withName(template, name);
  return {
    url,
    query: (sql, values) => query(url, sql, values),
    drop: async () => void (await query(admin, `drop database if exists ${name} with (force)`)),
  };
}
