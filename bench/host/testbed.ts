// What every bench runs on: one PostgreSQL server for the whole run, durable as in production, and databases cloned from
// a migrated template. Each side of a bench gets its own, so that the subject never has the baseline's rows.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../src/db/migrate.ts';
import { createOrm } from '../../src/db/orm.ts';
import { createLogger } from '../../src/log.ts';
import { Quiet } from '../measure/quiet.ts';
import { Database } from './database.ts';
import { type Postgres, startServer } from './server.ts';
import { Waybill, type WaybillOptions } from './waybill.ts';

export interface Testbed {
  /** Fewer and shorter rounds, smaller curves: to see that everything works, not to judge by. */
  readonly quick: boolean;
  readonly rounds: number;
  /** How long a turn lasts. */
  readonly seconds: number;
  readonly quiet: Quiet;
  readonly postgresPid: number;
  /** Of the server. */
  readonly settings: Readonly<Record<string, string>>;
  /** A migrated database without files; `name` is lower-case letters and underscores. */
  createDatabase(name: string): Promise<Database>;
  startWaybill(database: Database, options?: WaybillOptions): Promise<Waybill>;
  /** An empty directory, on the same disk as the database. */
  makeDirectory(name: string): Promise<string>;
  note(line: string): void;
}

export interface TestbedOptions {
  readonly quick: boolean;
  readonly patienceMs: number;
  readonly postgres: Postgres;
  readonly note: (line: string) => void;
}

const FULL = { rounds: 5, seconds: 2 };
const QUICK = { rounds: 1, seconds: 0.4 };

const SHOWN = ['server_version', 'fsync', 'full_page_writes', 'synchronous_commit', 'shared_buffers', 'max_wal_size'];

export async function withTestbed<Result>(
  { quick, patienceMs, postgres, note }: TestbedOptions,
  work: (testbed: Testbed) => Promise<Result>,
): Promise<Result> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'waybill-bench-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const log = createLogger('error');
  const server = await startServer(postgres, log);
  stack.defer(() => server.stop());
  const orm = createOrm({ url: server.url, name: 'bench-template', max: 2 });
  await migrate(orm, server.url, log);
  await orm.close();
  const { rounds, seconds } = quick ? QUICK : FULL;
  const testbed: Testbed = {
    quick,
    note,
    rounds,
    seconds,
    quiet: new Quiet(patienceMs),
    postgresPid: server.pid,
    settings: await readSettings(server.url),
    createDatabase: (name) => Database.create(server.url, name),
    startWaybill: (database, options = {}) => Waybill.start(database, directory, options),
    makeDirectory: (name) => mkdtemp(join(directory, `${name}-`)),
  };
  return await work(testbed);
}

async function readSettings(url: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const sql = 'select name, current_setting(name) as value from pg_settings where name = any($1)';
    const { rows } = await client.query<{ name: string; value: string }>(sql, [SHOWN]);
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  } finally {
    await client.end();
  }
}
