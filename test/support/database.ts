// A database of its own for a test file, cloned from the migrated template.
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  readonly url: string;
  /** For WAYBILL_DATA_DIR: all replicas of a database have one store. Removed with it. */
  readonly dataDir: string;
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

/** "object_in_use": PostgreSQL waits 5 s for sessions that end, which on a busy machine may be too short. */
const IN_USE = '55006';

async function whenUnused(admin: string, sql: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await query(admin, sql);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== IN_USE || attempt === 5) throw error;
    }
  }
}

export async function createDatabase(): Promise<TestDatabase> {
  const template = inject('templateUrl');
  const admin = withName(template, 'postgres');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const from = new URL(template).pathname.slice(1);
  // STRATEGY FILE_COPY would need a checkpoint; WAL_LOG (the default) is quicker for a small template.
  await whenUnused(admin, `create database ${name} template ${from}`);
  const url = withName(template, name);
  return {
    url,
    query: (sql, values) => query(url, sql, values),
    dataDir: join(tmpdir(), `waybill-data-${name}`),
    drop: async () => {
      await whenUnused(admin, `drop database if exists ${name} with (force)`);
      await rm(join(tmpdir(), `waybill-data-${name}`), { recursive: true, force: true });
    },
  };
}
