// Whoever locks several rows locks them in one order; otherwise two who meet wait for each other in a circle. Each case holds
// the middle one of three rows: whoever wants all three has then locked the first one, and not the last.
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { transact } from '../../src/db/transact.ts';
import type { ReceiveCommand } from '../../src/lifecycle/commands.ts';
import { lockFiles } from '../../src/lifecycle/batch/locks.ts';
import { foldOnce } from '../../src/lifecycle/periodic/counts.ts';
import { createLogger } from '../../src/log.ts';
import { Leases } from '../../src/uploads/leases.ts';
import { type Bench, PATIENT, bring, registration, sending, startLifecycle, untilTrue } from '../support/lifecycle.ts';
import { openPool } from '../support/pool.ts';

let bench: Bench;
let holder: pg.Client;
beforeAll(async () => {
  bench = await startLifecycle({ limits: PATIENT });
  // Or grouping would sort by itself, for as long as the planner likes.
  const name = new URL(bench.database.url).pathname.slice(1);
  await bench.database.query(`alter database ${name} set enable_sort = off`);
  holder = new pg.Client({ connectionString: bench.database.url });
  await holder.connect();
});
afterEach(() => holder.query('rollback'));
afterAll(async () => {
  await holder.end();
  await bench.stop();
});

const ORDERS = [
  [2, 1, 0],
  [1, 2, 0],
];

/** Three files whose ids ascend, and whose rows are stored in another order. */
async function threeFiles(): Promise<string[]> {
  const ids = [registration(), registration(), registration()].map(({ fileId }) => fileId).toSorted();
  for (const at of [2, 0, 1]) await bring(bench.lifecycle, [], { fileId: ids[at] });
  return ids;
}

const inOrder = (ids: readonly string[], order: readonly number[]): string[] => order.map((at) => ids[at]!);

/** Holds the middle row, has `take` ask for all, and returns what is still free of the others. */
async function freeOf(table: string, column: string, keys: readonly string[], take: () => Promise<unknown>) {
  const [first, middle, last] = keys;
  await holder.query('begin');
  const held = await holder.query(`select from ${table} where ${column} = $1 for update`, [middle]);
  expect(held.rowCount, 'rows held').toBe(1);
  const taking = take();
  await untilTrue(
    bench.database,
    `exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`,
  );
  const free = await holder.query<{ key: string }>(
    `select ${column}::text as key from ${table} where ${column} in ($1, $2) for update skip locked`,
    [first, last],
  );
  await holder.query('commit');
  await taking;
  return free.rows.map(({ key }) => key);
}

it.each(ORDERS)('a batch locks files by id, whatever the order of its commands (%i, %i, %i)', async (...order) => {
  const ids = await threeFiles();
  const commands = inOrder(ids, order).map((id) => sending(id, 'START_UPLOAD'));
  const lock = (): Promise<unknown> =>
    transact(bench.orm, PATIENT, (transaction) => lockFiles(transaction, commands, 'wait'));
  expect(await freeOf('file', 'id', ids, lock)).toEqual([ids[2]]);
});

it.each(ORDERS)('a batch locks leases by file (%i, %i, %i)', async (...order) => {
  const ids = await threeFiles();
  for (const at of [2, 0, 1]) {
    await bench.database.query('insert into upload (file_id, epoch) values ($1, 1)', [ids[at]]);
  }
  const commands = inOrder(ids, order).map((fileId): ReceiveCommand => {
    const { tenant, actor, attemptId } = sending(fileId, 'START_UPLOAD');
    const nothing = { epoch: 7, offset: 0, segments: [], sha256: null, lost: false };
    return { kind: 'receive', tenant, actor, attemptId, fileId, ...nothing };
  });
  const receive = (): Promise<unknown> => bench.lifecycle.execute<'receive'>(commands);
  expect(await freeOf('upload', 'file_id', ids, receive)).toEqual([ids[2]]);
});

it('leases are renewed by file', async () => {
  const ids = await threeFiles();
  const pool = openPool(bench.database.url, 2);
  const leases = new Leases(pool, createLogger('silent'), uuidv7);
  for (const at of [2, 0, 1]) await leases.acquire(ids[at]!, () => undefined);
  // The next renewal comes by itself.
  expect(await freeOf('upload', 'file_id', ids, () => Promise.resolve())).toEqual([ids[2]]);
  await leases.stop();
  await pool.end();
});

// Several, because hashing may put three names in order by chance.
const TENANTS = ['a b c', 'north south west', 'x y z'];

it.each(TENANTS)('counts are folded by tenant (%s)', async (names) => {
  const tenants = names.split(' ');
  const count = 'insert into file_count (tenant, state, files) values ($1, $2, 0)';
  const add = 'insert into file_count_delta (tenant, state, files) values ($1, $2, 1)';
  for (const tenant of inOrder(tenants, [2, 0, 1])) await bench.database.query(count, [tenant, 'INDEXED']);
  for (const tenant of inOrder(tenants, [1, 2, 0])) await bench.database.query(add, [tenant, 'INDEXED']);
  expect(await freeOf('file_count', 'tenant', tenants, () => foldOnce(bench.orm, 100))).toEqual([tenants[2]]);
});

it('keys of registrations are claimed by name', async () => {
  const claim = `insert into idempotency_record (tenant, scope, key, fingerprint, file_id, version, created_at)
    values ('local', 'register', $1, '', gen_random_uuid(), 0, now()) on conflict do nothing`;
  await holder.query('begin');
  await holder.query(claim, ['b']);
  const commands = ['c', 'b', 'a'].map((idempotencyKey) => registration({ idempotencyKey }));
  const registering = bench.lifecycle.execute<'register'>(commands);
  await untilTrue(
    bench.database,
    `exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`,
  );
  await holder.query(`set local lock_timeout = '300ms'`);
  await holder.query('savepoint before');
  await holder.query(claim, ['c']);
  await holder.query('rollback to before');
  await expect(holder.query(claim, ['a'])).rejects.toMatchObject({ code: '55P03' });
  await holder.query('rollback');
  expect((await registering).map(({ outcome }) => outcome)).toEqual(['registered', 'registered', 'registered']);
});
