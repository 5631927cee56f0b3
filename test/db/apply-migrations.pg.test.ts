// Migrations beside running replicas: nobody waits long behind one that waits for a lock, and one that others must not run
// beside says so.
import { readdirSync } from 'node:fs';
import { parse } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Migration } from '@mikro-orm/migrations';
import pg from 'pg';
import { applyMigrations } from '../../src/db/apply-migrations.ts';
import { type MikroORM, createOrm } from '../../src/db/orm.ts';
import { createLogger } from '../../src/log.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { existsLock, untilTrue } from '../support/lifecycle.ts';
import { openPool } from '../support/pool.ts';

class AddColumn extends Migration {
  override up(): void {
    this.addSql('alter table file add extra text');
  }
}
class AddIndex extends Migration {
  override isTransactional(): boolean {
    return false;
  }
  override up(): void {
    this.addSql('create index concurrently file_extra on file (extra)');
  }
}

let database: TestDatabase;
let orm: MikroORM;
let holder: pg.Client;
beforeEach(async () => {
  database = await createDatabase();
  orm = createOrm({ url: database.url, name: 'migrate', max: 2 });
  holder = new pg.Client({ connectionString: database.url });
  holder.on('error', () => undefined);
  await holder.connect();
});
afterEach(async () => {
  await orm.close();
  await holder.end();
  await database.drop();
});

const log = createLogger('silent');
const QUICK = { lockTimeoutMs: 100, pauseMs: 50, attempts: 3 };

class Applied extends Migration {
  override up(): void {
    throw new Error('this migration has been applied');
  }
}

/** The migrations that the database has. */
const APPLIED = readdirSync('migrations').map((file) => ({ name: parse(file).name, class: Applied }));

/** What is pending from here on. */
function offer(migrations: Record<string, typeof AddColumn | typeof AddIndex>): void {
  const list = Object.entries(migrations).map(([name, migration]) => ({ name, class: migration }));
  orm.config.set('migrations', { ...orm.config.get('migrations'), migrationsList: [...APPLIED, ...list] });
}

const isThere = async (): Promise<unknown> =>
  await database.query(`select from information_schema.columns where table_name = 'file' and column_name = 'extra'`);

it('one that waits for a lock lets the others pass, tries again, and gives up with a reason', async () => {
  offer({ Migration1_extra: AddColumn });
  await holder.query('begin');
  await holder.query('select from file limit 1');
  await expect(applyMigrations(orm, log, QUICK)).rejects.toMatchObject({ code: 'DATABASE_BUSY' });
  expect(await isThere()).toEqual([]);
  const patient = applyMigrations(orm, log, { ...QUICK, attempts: 1_000 });
  await untilTrue(database, existsLock(`mode = 'AccessExclusiveLock' and not granted`));
  // It is in the queue of the table's lock, and this would wait behind it for as long as it waits.
  await database.query('select from file limit 1');
  await holder.query('commit');
  await patient;
  expect(await isThere()).toHaveLength(1);
});

it('an index is made concurrently', async () => {
  offer({ Migration1_extra: AddColumn, Migration2_index_concurrently: AddIndex });
  await applyMigrations(orm, log, QUICK);
  expect(await database.query(`select from pg_class where relname = 'file_extra'`)).toHaveLength(1);
  await applyMigrations(orm, log, QUICK);
});

it.each([
  'Migration1_extra_alone',
  // They may not know a migration that this database did not have when they started.
  'Migration1_extra_after_20990101000000',
])('%s is refused while replicas of the version before are there', async (name) => {
  offer({ [name]: AddColumn });
  const replica = openPool(database.url, 1);
  await replica.query('select 1');
  await expect(applyMigrations(orm, log, QUICK)).rejects.toMatchObject({ code: 'DATABASE_IN_USE' });
  expect(await isThere()).toEqual([]);
  await replica.end();
  const replicas = `select from pg_stat_activity
    where datname = current_database() and application_name = 'waybill-test'`;
  await untilTrue(database, `not exists (${replicas})`);
  await applyMigrations(orm, log, QUICK);
  expect(await isThere()).toHaveLength(1);
});
