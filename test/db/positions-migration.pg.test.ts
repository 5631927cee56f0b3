// The migrations that give positions a table of their own, on a log that has some, and some to give.
import { readdirSync } from 'node:fs';
import { parse } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { applyMigrations } from '../../src/db/apply-migrations.ts';
import { type MikroORM, createOrm } from '../../src/db/orm.ts';
import { sequenceBatch } from '../../src/feed/log/sequencer.ts';
import { readFeedState } from '../../src/feed/log/state.ts';
import { createLogger } from '../../src/log.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { insertChange, readAll } from '../support/feed.ts';
import { openPool } from '../support/pool.ts';

const FIRST = 'Migration20261127120000';
const MOVED = 'Migration20261127120020';
const log = createLogger('silent');

let database: TestDatabase;
let orm: MikroORM;
beforeEach(async () => {
  database = await createDatabase();
  await database.query('drop schema public cascade');
  await database.query('create schema public');
  orm = createOrm({ url: database.url, name: 'migrate', max: 2 });
});
afterEach(async () => {
  await orm.close();
  await database.drop();
});

/** All migrations from before there was the table. */
async function migrateToBefore(): Promise<void> {
  const names = readdirSync('migrations').map((file) => parse(file).name);
  for (const name of names.filter((each) => each < FIRST)) await orm.migrator.up({ migrations: [name] });
}

/** Rows with the ids 1 to `rows`; some are history whose position was pruned, and the last few have none. */
async function fill(rows: number, trimmed: number, unsequenced: readonly number[]): Promise<void> {
  const pool = openPool(database.url, 1);
  await insertChange(pool, 1, 0, rows - 1);
  await pool.end();
  await database.query(
    `update file_change set position = placed.position
     from (select id, row_number() over (order by id) as position from file_change where id <> all ($1)) as placed
     where file_change.id = placed.id`,
    [unsequenced],
  );
  await database.query('update feed_head set position = $1, trimmed = $2', [rows - unsequenced.length, trimmed]);
}

it('keep positions and order, give the rest theirs, and refuse every change of a row from then on', async () => {
  await migrateToBefore();
  await fill(6_010, 4, [6_000, 6_009, 6_010]);
  await applyMigrations(orm, log);
  const pool = openPool(database.url, 2);
  try {
    const state = await readFeedState(pool);
    expect(state).toMatchObject({ head: { position: 6_007 }, trimmed: { position: 4 } });
    expect(state.pendingSince).not.toBeNull();
    await insertChange(pool, 2, 0);
    expect(await sequenceBatch(pool)).toMatchObject({ count: 4 });
    const changes = await readAll(pool);
    expect(changes.map(({ position }) => position)).toEqual(Array.from({ length: 6_007 }, (_, at) => at + 5));
    // Versions are ids less one: pruned are 0 to 3, and what had no position comes at the end.
    const placed = Array.from({ length: 6_008 }, (_, at) => at).filter((version) => version > 3 && version !== 5_999);
    expect(changes.map(({ version }) => version)).toEqual([...placed, 5_999, 6_008, 6_009, 0]);
    expect((await readFeedState(pool)).pendingSince).toBeNull();
    expect(new Set(changes.map(({ fingerprint }) => fingerprint)).size).toBeGreaterThan(6_000);
    await expect(pool.query(`update file_change set actor = 'x'`)).rejects.toThrow('append-only');
  } finally {
    await pool.end();
  }
});

it('begin at 0 on an empty log', async () => {
  await migrateToBefore();
  await applyMigrations(orm, log);
  const pool = openPool(database.url, 1);
  expect(await readFeedState(pool)).toMatchObject({
    head: { position: 0 },
    trimmed: { position: 0 },
    pendingSince: null,
  });
  await pool.end();
});

it('take along what a replica of the version before has placed since the copy', async () => {
  await migrateToBefore();
  await fill(20, 0, [18, 19, 20]);
  const names = readdirSync('migrations').map((file) => parse(file).name);
  for (const name of names.filter((each) => each >= FIRST && each < MOVED)) {
    await orm.migrator.up({ migrations: [name] });
  }
  await database.query('update file_change set position = id where id in (18, 19)');
  await database.query('update feed_head set position = 19');
  await applyMigrations(orm, log);
  const pool = openPool(database.url, 1);
  expect(await sequenceBatch(pool)).toMatchObject({ count: 1 });
  expect((await readAll(pool)).map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, at) => at));
  await pool.end();
});

it('go on where they were interrupted', async () => {
  await migrateToBefore();
  await fill(20, 0, []);
  await orm.migrator.up({
    migrations: [
      readdirSync('migrations')
        .map((file) => parse(file).name)
        .find((name) => name.startsWith(FIRST))!,
    ],
  });
  await database.query(`insert into feed_position (position, log_id, fingerprint)
    select position, id, 7 from file_change where position <= 8`);
  await applyMigrations(orm, log);
  const pool = openPool(database.url, 1);
  expect((await readAll(pool)).map(({ position }) => position)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
  await pool.end();
});
