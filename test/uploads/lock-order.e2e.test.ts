// A lease is taken over while its file is deleted: both lock the lease before the segments, so they cannot deadlock.
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectServing } from '../support/clean.ts';
import { deleteFile } from '../support/operations.ts';
import { createUpload, fileIdOf, patch, tus } from '../support/tus.ts';
import { until } from '../support/until.ts';
import { type UploadServer, startUploadServer } from '../support/upload-server.ts';

let waybill: UploadServer;
beforeAll(async () => {
  waybill = await startUploadServer();
});
afterAll(() => waybill.stop());

const LEFT_BEHIND = `
  with dead as (insert into upload (file_id, epoch, lease_until) values ($1, 1, now()))
  insert into segment (id, file_id, start) values (gen_random_uuid(), $1, 0)`;
const WAITING = `
  select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

const DEADLOCKS = 'select deadlocks::int from pg_stat_database where datname = current_database()';

async function countDeadlocks(): Promise<number> {
  const [row] = await waybill.database.query<{ deadlocks: number }>(DEADLOCKS);
  return row!.deadlocks;
}

const waiters = (count: number): Promise<unknown> =>
  until(
    () => waybill.database.query<{ count: number }>(WAITING),
    ([row]) => row?.count === count,
    10_000,
  );

it('a takeover and a deletion do not wait for each other in a circle', async () => {
  const url = await createUpload(waybill.url, 4);
  const fileId = url.slice(-36);
  await waybill.database.query(LEFT_BEHIND, [fileId]);
  const holder = new pg.Client({ connectionString: waybill.database.url });
  await holder.connect();
  try {
    await holder.query('begin');
    await holder.query('select from upload where file_id = $1 for update', [fileId]);
    const writing = patch(url, 0, 'abcd');
    await waiters(1);
    const deleting = deleteFile(waybill.url, fileIdOf(url));
    await waiters(2);
    await holder.query('commit');
    expect(await deleting).toMatchObject({ __typename: 'DeleteFileSuccess' });
    expect([204, 404]).toContain((await writing).status);
    // PostgreSQL would end one of them, which would then be retried.
    expect(await countDeadlocks()).toBe(0);
  } finally {
    await holder.end();
  }
  expect(await tus('HEAD', url)).toMatchObject({ status: 404 });
  await expectServing(waybill.url);
});
