// Pages of the log at the place up to which it was pruned.
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPage } from '../../../src/feed/log/reader.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { openPool } from '../../support/pool.ts';

const TRIMMED = 3;

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 1);
  await database.query(
    `insert into file_change (position, tenant, file_id, version, kind, attempt_id, actor, file, occurred_at)
      select position, 'local', gen_random_uuid(), 0, 'REGISTERED', gen_random_uuid(), 'a', '{}', now()
      from generate_series(${TRIMMED + 1}, 5) as position`,
  );
  await database.query('update feed_head set position = 5, trimmed = $1', [TRIMMED]);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

it('a page after the last pruned change has everything since', async () => {
  expect((await readPage(pool, TRIMMED)).map(({ position }) => position)).toEqual([4, 5]);
});

it('a page from which only one change was pruned is refused', async () => {
  await expect(readPage(pool, TRIMMED - 1)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
});
