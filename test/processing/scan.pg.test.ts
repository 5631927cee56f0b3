// What a look at the queues costs PostgreSQL on a table that nobody has analysed: a few pages of each tenant that has files
// in the queue, however many files those are.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { scanRange, scanTenants } from '../../src/processing/queue/scan.ts';
import { takeBuffers } from '../support/statement-costs.ts';
import { type ClaimsBench, startClaims } from '../support/processing.ts';

// Of four tenants; half of each tenant's files are queued, and of these half are due.
const FILL = `
  insert into file (id, tenant, name, content_type, transfer, state, version, max_attempts, metadata, created_at,
      updated_at, processing, queue, claimable_at)
    select gen_random_uuid(), 'tenant ' || n % 4, 'file', 'a/b', 'EXTERNAL', case when q then 'PROCESSING' else 'INDEXED' end,
      3, 3, '{}', now(), now(), case when q then '{}'::jsonb end, case when q then 'external' end,
      case when q then now() + case when n % 2 = 0 then -1 else 1 end * interval '1 hour' end
    from (select n, n % 8 < 4 as q from generate_series(1, 20000) as n) as numbers`;

let bench: ClaimsBench;
beforeEach(async () => {
  bench = await startClaims();
  await bench.database.query('create extension pg_stat_statements');
  await bench.database.query('alter table file set (autovacuum_enabled = off)');
});
afterEach(() => bench.stop());

const countBuffers = (): Promise<number> => takeBuffers(bench.database, '%as upcoming%');

it('a scan reads two rows of each tenant, however many files are there', async () => {
  const all = { after: '', through: null };
  const given = ['tenant 1', 'tenant 3', 'nobody'];
  // The plans are made now, and stay.
  expect(await scanRange(bench.pool, 'external', all)).toEqual([]);
  expect(await scanTenants(bench.pool, 'external', given)).toEqual([]);
  await bench.database.query(FILL);
  await countBuffers();
  const found = await scanRange(bench.pool, 'external', all);
  expect(found).toMatchObject([0, 1, 2, 3].map((n) => ({ tenant: `tenant ${n}`, isDue: n % 2 === 0 })));
  for (const { nextMs } of found.filter(({ isDue }) => !isDue)) expect(nextMs).toBeGreaterThan(3_000_000);
  expect(found.filter(({ isDue }) => isDue).map(({ nextMs }) => nextMs)).toEqual([null, null]);
  expect((await scanTenants(bench.pool, 'external', given)).map(({ tenant }) => tenant)).toEqual([
    'tenant 1',
    'tenant 3',
  ]);
  expect(await countBuffers()).toBeLessThan(100);
});

it('a scan goes on from a tenant, once around', async () => {
  await bench.database.query(FILL);
  const tenantsOf = async (after: string, through: string | null): Promise<string[]> =>
    (await scanRange(bench.pool, 'external', { after, through })).map(({ tenant }) => tenant);
  expect(await tenantsOf('tenant 2', null)).toEqual(['tenant 3']);
  expect(await tenantsOf('', 'tenant 1')).toEqual(['tenant 0', 'tenant 1']);
});
