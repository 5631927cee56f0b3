// Keys that no longer work: a tenant that makes and revokes them without end has a bounded number of rows.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type { Pool } from 'pg';
import { KeyRows, type NewKey } from '../../../src/auth/keys/key-rows.ts';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { openPool } from '../../support/pool.ts';

let database: TestDatabase;
let pool: Pool;
let rows: KeyRows;
beforeAll(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 2);
  rows = new KeyRows(pool);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const keyOf = (tenant: string): NewKey => ({
  id: uuidv7(),
  tenant,
  name: 'a key',
  roles: ['admin'],
  digest: '0'.repeat(64),
  expiresAt: null,
  createdBy: 'ann',
});

/** Keys in the order in which they were made: each second one was revoked, each other one has expired. */
const fill = (tenant: string, count: number): Promise<unknown> =>
  database.query(`insert into api_key (id, tenant, name, roles, digest, created_by, created_at, expires_at, revoked_at)
    select format('00000000-0000-7000-8000-%s', lpad(('x' || md5('${tenant}'))::bit(20)::int || lpad(n::text, 5, '0'), 12, '0'))::uuid,
      '${tenant}', n::text, 'admin', repeat('0', 64), 'ann', now(), case when n % 2 = 0 then now() end,
      case when n % 2 = 1 then now() end
    from generate_series(1, ${count}) as n`);

const deadOf = async (tenant: string): Promise<readonly [number, number]> => {
  const [row] = await database.query<{ count: number; oldest: number }>(
    `select count(*)::int as count, min(name::int)::int as oldest from api_key where tenant = '${tenant}' and created_by = 'ann'
     and (revoked_at is not null or expires_at <= now())`,
  );
  return [row!.count, row!.oldest];
};

it('those beyond the newest thousand are removed when another is made, and those that work stay', async () => {
  await fill('red', 2_150);
  await fill('blue', 1_150);
  const first = keyOf('red');
  expect(await rows.insertAmong(first, 3)).toMatchObject({ id: first.id });
  expect(await deadOf('red')).toEqual([1_150, 1]);
  expect(await rows.insertAmong(keyOf('red'), 3)).not.toBeNull();
  expect(await rows.insertAmong(keyOf('red'), 3)).not.toBeNull();
  expect(await deadOf('red')).toEqual([1_000, 1_151]);
  expect(await rows.insertAmong(keyOf('red'), 3), 'exactly as many as may be').toBeNull();
  expect(await rows.find(first.id)).toMatchObject({ id: first.id, isRevoked: false });
  expect(await deadOf('blue'), 'of another tenant').toEqual([1_150, 1]);
});

it('one that was removed is over, as one that was revoked', async () => {
  const gone = '00000000-0000-7000-8000-ffffffffffff';
  const key = keyOf('green');
  await rows.insertAmong(key, 3);
  expect(await rows.findEnded([gone, key.id])).toEqual([gone]);
});
