// Pruner: what is pruned, in what steps, and what stays.
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { Pages } from '../../../src/feed/log/pages.ts';
import { readFeedState } from '../../../src/feed/log/state.ts';
import { encodeCursor } from '../../../src/feed/cursor.ts';
import { createLogger } from '../../../src/log.ts';
import { prune, pruneStep } from '../../../src/feed/log/pruner.ts';
import { sequenceBatch } from '../../../src/feed/log/sequencer.ts';
import { GIVE_POSITIONS } from '../../../bench/transitions/positions.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { openPool } from '../../support/pool.ts';
import { resetCosts, takeBuffers } from '../../support/statement-costs.ts';

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
  while ((await sequenceBatch(pool)).count > 0);
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

async function pruneAll(retentionMs = 30 * DAY_MS): Promise<number> {
  let steps = 1;
  while (await pruneStep(pool, retentionMs)) steps += 1;
  return steps;
}

it('prunes what is old enough and nothing younger, however often it runs', async () => {
  await write(40, registration(), registration());
  await write(20, registration());
  await pruneAll();
  expect(await readFeedState(pool)).toMatchObject({ head: { position: 3 }, trimmed: { position: 2 } });
  await pruneAll();
  expect(await readFeedState(pool)).toMatchObject({ head: { position: 3 }, trimmed: { position: 2 } });
  await pruneAll(10 * DAY_MS);
  expect(await readFeedState(pool)).toMatchObject({ head: { position: 3 }, trimmed: { position: 3 } });
});

it('prunes in steps of a thousand', async () => {
  await write(40, ...Array.from({ length: 2 * STEP + 1 }, () => registration()));
  expect(await pruneStep(pool, 30 * DAY_MS)).toBe(true);
  expect(await readFeedState(pool)).toMatchObject({ trimmed: { position: STEP } });
  expect(await pruneAll()).toBe(2);
  expect(await readFeedState(pool)).toMatchObject({ trimmed: { position: 2 * STEP + 1 } });
});

it('keeps the history of a file that exists, and prunes that of a deleted one with its deletion', async () => {
  const [living, gone, going] = [uuidv7(), uuidv7(), uuidv7()];
  await write(40, ...life(living), ...life(gone), ...life(going), end(gone));
  await write(20, end(going));
  await pruneAll();
  expect(await versionsOf(living)).toEqual([0, 1]);
  expect(await versionsOf(gone)).toEqual([]);
  expect(await versionsOf(going)).toEqual([0, 1, 2]); // a cursor can still reach its deletion
  await pruneAll(10 * DAY_MS);
  expect(await versionsOf(going)).toEqual([]);
});

it('deletes the idempotency keys of what it prunes, and no others', async () => {
  const [old, young] = [uuidv7(), uuidv7()];
  await write(40, registration(old));
  await write(20, registration(young), { fileId: old, version: 1, kind: 'TRANSITIONED' });
  const remember = (key: string, fileId: string, version: number): Promise<unknown> =>
    database.query(
      `insert into idempotency_record (tenant, scope, key, fingerprint, file_id, version, created_at)
       values ('local', 'register', $1, 'x', $2, $3, now())`,
      [key, fileId, version],
    );
  await remember('pruned', old, 0);
  await remember('later version', old, 1);
  await remember('young', young, 0);
  await pruneAll();
  const left = await database.query('select key from idempotency_record order by key');
  expect(left).toEqual([{ key: 'later version' }, { key: 'young' }]);
});

it('prunes no more when several replicas do it at once', async () => {
  const [living, gone] = [uuidv7(), uuidv7()];
  const many = () => Array.from({ length: STEP }, () => registration());
  await write(40, ...life(living), ...many(), ...life(gone), end(gone), ...many());
  await write(20, registration());
  await Promise.all([pruneAll(), pruneAll(), pruneAll()]);
  await pruneAll();
  const { head, trimmed } = await readFeedState(pool);
  expect(trimmed.position).toBe(head.position - 1);
  expect(await versionsOf(living)).toEqual([0, 1]);
  expect(await versionsOf(gone)).toEqual([]);
});

it('a page that begins before the pruned changes is CURSOR_EXPIRED, with the oldest cursor that works', async () => {
  await write(40, registration(), registration());
  const { head: before } = await readFeedState(pool);
  await write(40, ...Array.from({ length: 8 }, () => registration()));
  await pruneAll();
  const { feedId, head } = await readFeedState(pool);
  const pages = new Pages(pool, createLogger('silent'));
  await expect(pages.read(before)).rejects.toMatchObject({
    code: 'CURSOR_EXPIRED',
    oldestCursor: encodeCursor(feedId, head),
  });
  expect(await pages.read(head)).toEqual({ changes: [], isFull: false });
});

it('stops between two steps when its signal is aborted', async () => {
  await write(40, ...Array.from({ length: 2 * STEP + 1 }, () => registration()));
  const stopping = new AbortController();
  const pruning = prune(pool, 30 * DAY_MS, stopping.signal);
  stopping.abort();
  await pruning;
  expect(await readFeedState(pool)).toMatchObject({ trimmed: { position: STEP } });
  await prune(pool, 30 * DAY_MS, new AbortController().signal);
  expect(await readFeedState(pool)).toMatchObject({ trimmed: { position: 2 * STEP + 1 } });
});

it('a step costs no more with many rows that are kept', async () => {
  await database.query('create extension pg_stat_statements');
  const keep = (rows: number): Promise<unknown> =>
    database.query(`insert into file_change (tenant, file_id, version, kind, attempt_id, actor, file, occurred_at)
      select 'local', gen_random_uuid(), 0, 'REGISTERED', gen_random_uuid(), 'a', '{}', now() from generate_series(1, ${rows});
      ${GIVE_POSITIONS}`);
  const costOfStep = async (): Promise<number> => {
    await resetCosts(database);
    await pruneStep(pool, 30 * DAY_MS);
    return await takeBuffers(database, '%with step as materialized%');
  };
  await write(40, ...Array.from({ length: 3 * STEP }, () => registration()));
  await keep(1_000);
  await pruneStep(pool, 30 * DAY_MS); // plans and pages of the first time
  const few = await costOfStep();
  await keep(100_000);
  const many = await costOfStep();
  expect(await readFeedState(pool)).toMatchObject({ trimmed: { position: 3 * STEP } });
  expect(few).toBeGreaterThan(STEP);
  expect(many).toBeLessThan(2 * few);
});
