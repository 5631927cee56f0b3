// How PostgreSQL reads a hundred thousand files: by the index meant for it, without a scan and without a sort. The
// statements are those that the program really sends, overheard on their way.
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { GIVE_POSITIONS } from '../../bench/transitions/positions.ts';
import { PLANNER_SETTINGS } from '../../src/db/planner.ts';
import { Pages } from '../../src/feed/log/pages.ts';
import { watchDeadlines } from '../../src/lifecycle/periodic/deadlines.ts';
import { FileReader } from '../../src/lifecycle/reader.ts';
import { createLogger } from '../../src/log.ts';
import { type Bench, startLifecycle } from '../support/lifecycle.ts';
import { openPool } from '../support/pool.ts';
import { sentStatements } from '../support/sent-statements.ts';

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Plan Rows': number;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

const PAGE = 51;

let bench: Bench;
let reader: FileReader;
let pool: pg.Pool;
let ids: string[];

// Every tenth file is of the tenant in question, and of its states one is rare.
const FILL = `
  insert into file (id, tenant, name, content_type, transfer, state, version, max_attempts, metadata, failure,
      created_at, updated_at, due_at)
    select gen_random_uuid(), case when n % 10 = 0 then 'local' else 'other' || n % 7 end, 'file ' || n, 'a/b',
      'EXTERNAL', case when n % 50 = 0 then 'FAILED' else 'INDEXED' end, 3, 3,
      case when n % 10000 = 0 then '{"rare": 1}'::jsonb else '{}' end,
      case when n % 50 = 0 then '{}'::jsonb end, now(), now(),
      case when n % 100 = 1 then now() + n * interval '1 second' end
    from generate_series(1, 100000) as n;
  insert into file_change (tenant, file_id, version, kind, event, from_state, to_state, attempt_id, actor, file,
      occurred_at)
    select tenant, id, v, 'TRANSITIONED', 'RESET', 'INDEXED', 'UNTRACKED', id, 'a', '{}', now()
    from file cross join generate_series(1, 2) as v;
  ${GIVE_POSITIONS}`;

beforeAll(async () => {
  bench = await startLifecycle();
  reader = new FileReader(bench.orm);
  pool = openPool(bench.database.url, 1);
  await bench.database.query(FILL);
  await bench.database.query('analyze');
  const rows = await bench.database.query<{ id: string }>(`select id from file where tenant = 'local' limit 256`);
  ids = rows.map(({ id }) => id);
}, 120_000);
afterAll(async () => {
  await pool.end();
  await bench.stop();
  spy.mockRestore();
});

// From the beginning, because a client of ours takes hold of the method when it is made.
const spy = vi.spyOn(pg.Client.prototype, 'query');

/** The statements sent while `work` runs that speak of our tables. */
async function overhear(work: () => Promise<unknown>): Promise<Statement[]> {
  spy.mockClear();
  await work();
  return sentStatements(spy.mock.calls).filter(({ text }) => text.includes('file'));
}

const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)];

/** As the program has it planned: for any values, under the settings of its sessions. */
async function planOf({ text, values }: Statement): Promise<PlanNode[]> {
  const client = new pg.Client({ connectionString: bench.database.url });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(`select ${PLANNER_SETTINGS}`);
    await client.query(`prepare planned as ${text}`);
    const given = values.length === 0 ? '' : `(${values.map(literalOf).join()})`;
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (format json) execute planned${given}`,
    );
    return flatten(rows[0]!['QUERY PLAN'][0].Plan);
  } finally {
    await client.end();
  }
}

function literalOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map((item) => JSON.stringify(item)).join()}}`);
  return pg.escapeLiteral(typeof value === 'string' ? value : JSON.stringify(value));
}

async function indexesOf(work: () => Promise<unknown>): Promise<string[]> {
  const statements = await overhear(work);
  expect(statements).not.toEqual([]);
  const nodes = (await Promise.all(statements.map(planOf))).flat();
  const wrong = nodes.filter(
    // What is on a page already may be put in order.
    (node) => node['Node Type'] === 'Seq Scan' || (node['Node Type'].endsWith('Sort') && node['Plan Rows'] > PAGE),
  );
  expect(wrong).toEqual([]);
  return [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))].toSorted();
}

const page = { after: null, before: null, limit: PAGE, fromEnd: false };
const everything = { states: null, nameContains: null };

it('pages of files come from the index of the tenant', async () => {
  const after = { ...page, after: ids[100]! };
  expect(await indexesOf(() => reader.listFiles('local', everything, page))).toEqual(['file_by_tenant']);
  expect(await indexesOf(() => reader.listFiles('local', everything, after))).toEqual(['file_by_tenant']);
  expect(await indexesOf(() => reader.listFiles('local', everything, { ...after, fromEnd: true }))).toEqual([
    'file_by_tenant',
  ]);
});

it('files of a rare state come from the index of the states', async () => {
  const failed = { ...everything, states: ['FAILED'] as const };
  expect(await indexesOf(() => reader.listFiles('local', failed, page))).toEqual(['file_by_state']);
});

it('files in an order come from the index of that order, forward, backward and from the middle', async () => {
  const filter = { ...everything, metadata: null, contentTypes: null, createdAfter: null, createdBefore: null };
  const orders = [
    { field: 'CREATED_AT', key: '2026-11-26T00:00:00.000Z', index: 'file_attributes_by_creation' },
    { field: 'NAME', key: 'file 5', index: 'file_attributes_by_name' },
    { field: 'SIZE', key: -1, index: 'file_attributes_by_size' },
  ] as const;
  for (const { field, key, index } of orders) {
    for (const fromEnd of [false, true]) {
      for (const after of [null, { key, id: ids[100]! }]) {
        const order = { field, isDescending: false };
        const search = () => reader.searchFiles('local', filter, order, { ...page, after, fromEnd });
        expect(await indexesOf(search)).toEqual([index, 'file_pkey']);
      }
    }
  }
});

it('files with a rare value in their metadata come from the index of metadata', async () => {
  const filter = { ...everything, metadata: { rare: 1 }, contentTypes: null, createdAfter: null, createdBefore: null };
  const search = () => reader.searchFiles('local', filter, { field: 'NAME', isDescending: false }, page);
  // The newest are looked at first, to see how rare it is.
  expect(await indexesOf(search)).toEqual([
    'file_attributes_by_creation',
    'file_attributes_labels',
    'file_attributes_pkey',
    'file_pkey',
  ]);
});

it('the transitions of a file come by its versions', async () => {
  const wanted = ids.slice(0, 1).map((fileId) => ({ fileId, before: null }));
  expect(await indexesOf(() => reader.readTransitions('local', wanted, { ...page, after: 1 }))).toContain(
    'file_change_version_unique',
  );
  expect(await indexesOf(() => reader.readTransitionsByKey('local', [{ fileId: ids[0]!, version: 1 }]))).toContain(
    'file_change_version_unique',
  );
});

it('files come by their ids, and those of a few states from the index of the states', async () => {
  expect(await indexesOf(() => reader.readFiles('local', ids.slice(0, 20)))).toEqual(['file_pkey']);
  const few = { ...everything, states: ['FAILED', 'INDEXED'] as const };
  const [statement, ...others] = await overhear(() => reader.listFiles('local', few, page));
  expect(others).toEqual([]);
  expect((await planOf(statement!)).flatMap((node) => node['Index Name'] ?? [])).toEqual(['file_by_state']);
});

it('the feed comes by its positions', async () => {
  const pages = new Pages(pool, createLogger('silent'));
  const after = { position: 150_000, fingerprint: 150_000 };
  // The last is for the metadata, which the registration has.
  expect(await indexesOf(() => pages.read(after))).toEqual([
    'feed_position_pkey',
    'file_change_pkey',
    'file_change_version_unique',
  ]);
});

it('files that are due come by their deadlines', async () => {
  const lifecycle = { execute: async () => await Promise.resolve([]), idle: async () => await Promise.resolve() };
  const watch = () =>
    watchDeadlines({ orm: bench.orm, lifecycle, log: createLogger('silent'), newId: () => ids[0]! }).stop();
  expect(await indexesOf(watch)).toEqual(['file_due']);
});

it('the kept counts are read without looking at a file', async () => {
  const nodes = await overhear(() => reader.countByState('local')).then(([statement]) => planOf(statement!));
  const tables = new Set(nodes.flatMap((node) => node['Relation Name'] ?? []));
  expect([...tables].toSorted()).toEqual(['file_count', 'file_count_delta']);
});
