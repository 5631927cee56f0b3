// Retention: what is cut, in what steps, and what stays.
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { LOGGED_CHANGES } from '../../src/feed/change.ts';
import { Follower } from '../../src/feed/follow.ts';
import { readFeedState } from '../../src/feed/log-reader.ts';
import { Pump } from '../../src/feed/pump.ts';
import { cutStep } from '../../src/feed/retention.ts';
import { sequenceBatch } from '../../src/feed/sequencer.ts';
import { createLogger } from '../../src/log.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { openPool } from '../support/pool.ts';

const DAY_MS = 864e5;
const STEP = 1_000;

let database: TestDatabase;
let pool: pg.Pool;

beforeEach(async () => {
  database = await createDatabase();
  pool = openPool(database.url, 4);
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

/** Log rows as they would have been written so many days ago: registrations, or the whole life of a file. */
async function write(daysAgo: number, ...rows: { fileId: string; version: number; kind: string }[]): Promise<void> {
  await database.query(
    `insert into file_change (tenant, file_id, version, kind, event, from_state, to_state, attempt_id, actor, file, occurred_at)
     select 'local', f, v, k,
       case when k = 'TRANSITIONED' then 'START_UPLOAD' end, case when k = 'TRANSITIONED' then 'UNTRACKED' end,
       case when k = 'TRANSITIONED' then 'UPLOADING' end,
       gen_random_uuid(), 'local', '{}', now() - $4 * interval '1 day'
     from unnest($1::uuid[], $2::int[], $3::text[]) with ordinality as t (f, v, k, n) order by n`,
    [rows.map(({ fileId }) => fileId), rows.map(({ version }) => version), rows.map(({ kind }) => kind), daysAgo],
  );
  while ((await sequenceBatch(pool)).length > 0);
}

const registration = (fileId = uuidv7()) => ({ fileId, version: 0, kind: 'REGISTERED' });
const life = (fileId: string) => [registration(fileId), { fileId, version: 1, kind: 'TRANSITIONED' }];
const end = (fileId: string) => ({ fileId, version: 2, kind: 'DELETED' });

const versionsOf = async (fileId: string): Promise<number[]> =>
  (
    await database.query<{ version: number }>('select version from file_change where file_id = $1 order by version', [
      fileId,
    ])
  ).map(({ version }) => version);

async function cutAll(retentionMs = 30 * DAY_MS): Promise<number> {
  let steps = 1;
  while (await cutStep(pool, retentionMs)) steps += 1;
  return steps;
}

it('cuts what is old enough and nothing younger, however often it is asked', async () => {
  await write(40, registration(), registration());
  await write(20, registration());
  await cutAll();
  expect(await readFeedState(pool)).toMatchObject({ head: 3, trimmed: 2 });
  await cutAll();
  expect(await readFeedState(pool)).toMatchObject({ head: 3, trimmed: 2 });
  await cutAll(10 * DAY_MS);
  expect(await readFeedState(pool)).toMatchObject({ head: 3, trimmed: 3 });
});

it('cuts in steps of a thousand', async () => {
  await write(40, ...Array.from({ length: 2 * STEP + 1 }, () => registration()));
  expect(await cutStep(pool, 30 * DAY_MS)).toBe(true);
  expect(await readFeedState(pool)).toMatchObject({ trimmed: STEP });
  expect(await cutAll()).toBe(2);
  expect(await readFeedState(pool)).toMatchObject({ trimmed: 2 * STEP + 1 });
});

it('leaves the history of a file that lives, and takes that of a deleted one with its deletion', async () => {
  const [living, gone, going] = [uuidv7(), uuidv7(), uuidv7()];
  await write(40, ...life(living), ...life(gone), ...life(going), end(gone));
  await write(20, end(going));
  await cutAll();
  expect(await versionsOf(living)).toEqual([0, 1]);
  expect(await versionsOf(gone)).toEqual([]);
  expect(await versionsOf(going)).toEqual([0, 1, 2]); // its deletion can still be reached by a cursor
  await cutAll(10 * DAY_MS);
  expect(await versionsOf(going)).toEqual([]);
});

it('forgets the idempotency keys of what it cuts, and no others', async () => {
  const [old, young] = [uuidv7(), uuidv7()];
  await write(40, registration(old));
  await write(20, registration(young));
  for (const fileId of [old, young]) {
    await database.query(
      `insert into idempotency_record (tenant, scope, key, fingerprint, file_id, version, created_at)
       values ('local', 'register', $1, 'x', $2, 0, now())`,
      [fileId, fileId],
    );
  }
  await cutAll();
  expect(await database.query('select key from idempotency_record')).toEqual([{ key: young }]);
});

it('two at once cut no more than one would', async () => {
  const [living, gone] = [uuidv7(), uuidv7()];
  const many = () => Array.from({ length: STEP }, () => registration());
  await write(40, ...life(living), ...many(), ...life(gone), end(gone), ...many());
  await write(20, registration());
  await Promise.all([cutAll(), cutAll(), cutAll()]);
  await cutAll();
  const { head, trimmed } = await readFeedState(pool);
  expect(trimmed).toBe(head - 1);
  expect(await versionsOf(living)).toEqual([0, 1]);
  expect(await versionsOf(gone)).toEqual([]);
});

it('a reader that is overtaken by the cut is told so, with the oldest cursor that works', async () => {
  const pump = await Pump.start({ pool, log: createLogger('silent'), ringCapacity: 4, pollMs: 50 });
  try {
    await write(40, ...Array.from({ length: 10 }, () => registration()));
    await expect.poll(() => pump.ring.head).toBe(10);
    await cutAll();
    const { signal } = new AbortController();
    const behind = new Follower(pump, pool, 'local', LOGGED_CHANGES, 2);
    await expect(behind.drain(signal).next()).rejects.toMatchObject({
      code: 'CURSOR_EXPIRED',
      oldestCursor: Buffer.from(`${pump.feedId}:10`).toString('base64url'),
    });
    const inTime = new Follower(pump, pool, 'local', LOGGED_CHANGES, 10);
    expect(await inTime.drain(signal).next()).toMatchObject({ done: true });
  } finally {
    await pump.stop();
  }
});
