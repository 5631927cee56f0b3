// What a claim costs PostgreSQL on tables that nobody has analysed: it follows the queue, however many files there are
// beside it and however many of them somebody has.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { type Bench, startLifecycle } from '../../support/lifecycle.ts';
import { takeBuffers } from '../../support/statement-costs.ts';
import { NOT_TAKEN } from '../../support/not-taken.ts';

const processing = JSON.stringify(NOT_TAKEN);

const FILL = `
  insert into file (id, tenant, name, content_type, transfer, state, version, max_attempts, metadata, created_at,
      updated_at, processing, queue, claimable_at)
    select gen_random_uuid(), 'local', 'file ' || n, 'a/b', 'EXTERNAL', case when is_queued then 'PROCESSING' else 'INDEXED' end,
      3, 3, '{}', now(), now(), case when is_queued then '${processing}'::jsonb end,
      case when is_queued then 'external' end,
      case when is_queued then now() + case when n % 10 = 0 then -1 else 1 end * interval '1 hour' end
    from (select n, n % 2 = 0 as is_queued from generate_series(1, 20000) as n) as numbers`;

let bench: Bench;
beforeEach(async () => {
  bench = await startLifecycle();
  await bench.database.query('create extension pg_stat_statements');
  await bench.database.query('alter table file set (autovacuum_enabled = off)');
});
afterEach(() => bench.stop());

async function claim(files: number, contentTypes: readonly string[] | null = null): Promise<number> {
  const answer = await bench.lifecycle.executeOne({
    kind: 'claim',
    tenant: 'local',
    actor: 'test',
    attemptId: uuidv7(),
    fileId: uuidv7(),
    worker: 'w1',
    queue: 'external',
    shares: [{ tenant: 'local', files }],
    contentTypes,
    leaseMs: 60_000,
  });
  return answer.outcome === 'claimed' ? answer.files.length : -1;
}

/** Pages that the claims since the last call have touched. */
const countBuffers = (): Promise<number> => takeBuffers(bench.database, '%share.files%skip locked%');

it('does not grow with the table', async () => {
  // The plan is made now, and stays.
  expect(await claim(10)).toBe(0);
  await bench.database.query(FILL);
  await countBuffers();
  expect(await claim(10)).toBe(10);
  const buffers = await countBuffers();
  expect(buffers).toBeGreaterThan(0);
  expect(buffers).toBeLessThan(200);
});

it('of some media types looks at a bounded number of the oldest', async () => {
  expect(await claim(10, ['a/b'])).toBe(0);
  await bench.database.query(FILL);
  await countBuffers();
  expect(await claim(10, ['a/*', 'x/y'])).toBe(10);
  expect(await claim(10, ['x/y'])).toBe(0);
  // 1,000 of 20,000 wait, and each of both claims looks at three pages of a file.
  const buffers = await countBuffers();
  expect(buffers).toBeGreaterThan(0);
  expect(buffers).toBeLessThan(10_000);
});
