// Lists of files by their metadata and type on a table that nobody has analysed: right whatever is rare or common, and the
// first page of what all files have costs the same however many there are.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FileReader } from '../../src/lifecycle/reader.ts';
import { type OrderField, type SearchFilter, NEWEST_FIRST } from '../../src/lifecycle/file-search.ts';
import { type Bench, startLifecycle } from '../support/lifecycle.ts';
import { THIS_DATABASE, resetCosts } from '../support/statement-costs.ts';

const ALL: SearchFilter = {
  states: null,
  nameContains: null,
  metadata: null,
  contentTypes: null,
  createdAfter: null,
  createdBefore: null,
};
const FIRST = { after: null, before: null, limit: 50, fromEnd: false };

let bench: Bench;
let reader: FileReader;
beforeAll(async () => {
  bench = await startLifecycle();
  reader = new FileReader(bench.orm);
  for (const table of ['file', 'file_attributes'])
    await bench.database.query(`alter table ${table} set (autovacuum_enabled = off)`);
  await bench.database.query('create extension pg_stat_statements');
  await fill(1, 3_000);
});
afterAll(() => bench.stop());

/** Of the first 2,500 files one in a hundred is rare, and half are old; none of the newest is either. */
const fill = (from: number, to: number): Promise<unknown> =>
  bench.database.query(`
    insert into file (id, tenant, name, content_type, transfer, state, max_attempts, metadata, created_at, updated_at)
    select format('00000000-0000-7000-8000-%s', lpad(to_hex(n * 2 + t), 12, '0'))::uuid, (array['local', 'other'])[t + 1],
      'file ' || n, case when n % 2 = 0 then 'a/even' else 'a/odd' end, 'EXTERNAL', 'INDEXED', 3,
      jsonb_build_object('all', 1, 'text', repeat('x', 500)) ||
        case when n % 100 = 7 and n < 2500 then '{"rare": {"deep": true}}' else '{}'::jsonb end ||
        case when n between 1 and 2500 and n % 2 = 0 then '{"old": 1}' else '{}'::jsonb end,
      now() + n * interval '1 second', now()
    from generate_series(${from}, ${to}) as n, generate_series(0, 1) as t`);

const FILTERS: readonly (readonly [name: string, filter: Partial<SearchFilter>, where: string])[] = [
  ['what all have', { metadata: { all: 1 } }, 'true'],
  ['what few have', { metadata: { rare: { deep: true } } }, `metadata ? 'rare'`],
  ['what many old ones have', { metadata: { old: 1 } }, `metadata ? 'old'`],
  ['what none has', { metadata: { all: 2 } }, 'false'],
  ['a type', { contentTypes: ['a/even'] }, `content_type = 'a/even'`],
  ['types', { contentTypes: ['a/even', 'a/odd'] }, 'true'],
  ['a type and metadata', { contentTypes: ['a/odd'], metadata: { rare: {} } }, `metadata ? 'rare'`],
  [
    'a rare name and metadata',
    { nameContains: 'file 17', metadata: { old: 1 } },
    `name like '%file 17%' and metadata ? 'old'`,
  ],
];

it.each(FILTERS)('%s is listed in every order, of one tenant alone', async (_, filter, where) => {
  const expected = await bench.database.query<{ id: string }>(
    `select id from file where tenant = 'local' and ${where} order by id desc`,
  );
  const ids = expected.map(({ id }) => id);
  const list = async (field: OrderField, limit: number): Promise<string[]> => {
    const order = { field, isDescending: true };
    return (await reader.searchFiles('local', { ...ALL, ...filter }, order, { ...FIRST, limit })).map(({ id }) => id);
  };
  expect(await list('CREATED_AT', 50)).toEqual(ids.slice(0, 50));
  expect((await list('NAME', 10_000)).toSorted()).toEqual(ids.toSorted());
});

/** All that the first page touches. */
async function buffersOf(filter: Partial<SearchFilter>): Promise<number> {
  const list = (): Promise<unknown> => reader.searchFiles('local', { ...ALL, ...filter }, NEWEST_FIRST, FIRST);
  await list(); // what the session reads of the catalog
  await resetCosts(bench.database);
  await list();
  const [row] = await bench.database.query<{ buffers: string }>(
    `select sum(shared_blks_hit + shared_blks_read + local_blks_hit) as buffers from pg_stat_statements
     where dbid = ${THIS_DATABASE} and query like '%file_attributes%'`,
  );
  return Number(row!.buffers);
}

it('the first page of what all have, of what few have and of what none has touches no more when the table is large', async () => {
  const filters = FILTERS.filter(([name]) =>
    ['what all have', 'what few have', 'what none has', 'types'].includes(name),
  );
  const read = (): Promise<number[]> =>
    filters.reduce<Promise<number[]>>(
      async (all, [, filter]) => [...(await all), await buffersOf(filter)],
      Promise.resolve([]),
    );
  const before = await read();
  await fill(3_001, 15_000);
  const after = await read();
  // A deeper index, and pages that are not full. The pending list of GIN is read as well, until it is merged. With 200,000
  // files 233 were touched for what all have, and 579 for what few have.
  for (const [at, buffers] of after.entries()) expect(buffers).toBeLessThan(2 * before[at]! + 600);
});
