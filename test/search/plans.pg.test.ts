// The statements of a search have one sensible plan each, on tables that nobody has analysed and with plans made while they
// were empty: rare words come from the index of words, common ones from the newest texts, files by their keys.
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLANNER_SETTINGS } from '../../src/db/planner.ts';
import { FOUND, FOUND_FILTERED } from '../../src/search/found-files.ts';
import { NAMES } from '../../src/search/names.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';

const TEXTS = 25_000;
const TABLES = ['file', 'file_attributes', 'file_text', 'file_count', 'file_count_delta'];

// Half of them are another tenant's. Foreign keys are not checked again: the rows fit.
const FILL = `
  set session_replication_role = replica;
  insert into file (id, tenant, name, content_type, transfer, size, bytes_received, state, version, max_attempts,
      metadata, created_at, updated_at)
    select format('00000000-0000-7000-8000-%s', lpad(to_hex(n), 12, '0'))::uuid, (array['local', 'other'])[n % 2 + 1],
      'file ' || n, 'a/b', 'MANAGED', 10, 10, 'INDEXED', 1, 3, '{}', now(), now()
    from generate_series(1, ${2 * TEXTS}) as n;
  insert into file_attributes (file_id, tenant, name, created_at, sort_name, sort_size, labels)
    select id, tenant, name, created_at, name, 10, '{}' from file;
  insert into file_text (file_id, token, tenant, language, text, tsv, indexed, created_at)
    select id, id, tenant, 'english', name, to_tsvector('english', name || ' everywhere ' ||
      case when right(id::text, 2) in ('00', '01') then 'seldom' else '' end || repeat(' filler' || id, 20)), true, now() from file;
  insert into file_count (tenant, state, files) values ('local', 'INDEXED', ${TEXTS}), ('other', 'INDEXED', ${TEXTS})`;

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  for (const table of TABLES) await database.query(`alter table ${table} set (autovacuum_enabled = off)`);
  client = new pg.Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`prepare plain as ${FOUND.text}`);
  await client.query(`prepare filtered as ${FOUND_FILTERED.text}`);
  await client.query(`prepare names as ${NAMES.text}`);
  await explainNames('seldom');
  await explain('plain', 'seldom');
  await explain('filtered', 'seldom');
  await database.query(FILL);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Loops'?: number;
  readonly 'Actual Rows'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Node[];
}

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

async function explain(statement: 'plain' | 'filtered', query: string): Promise<Node[]> {
  const values = ['local', query, '{INDEXED}', '{}', '{}', null, null, 21, 20, `{${query}}`, '{}'];
  const filter = statement === 'filtered' ? ['%file%', '2000-01-01', null, null] : [];
  return await execute(statement, [...values, ...filter]);
}

const explainNames = (word: string): Promise<Node[]> =>
  execute('names', ['local', '{INDEXED}', `{%${word}%}`, '{}', null, null, null, null, `%${word}%`]);

/** What was executed of the plan. */
async function execute(statement: string, values: readonly (string | number | null)[]): Promise<Node[]> {
  await client.query('begin');
  await client.query(`select ${PLANNER_SETTINGS}`);
  const literals = values.map((value) => (value === null ? 'null' : pg.escapeLiteral(String(value))));
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
    `explain (analyze, format json) execute ${statement}(${literals.join()})`,
  );
  await client.query('rollback');
  return nodesOf(rows[0]!['QUERY PLAN'][0].Plan).filter((node) => (node['Actual Loops'] ?? 0) > 0);
}

const indexesOf = (nodes: readonly Node[]): string[] => [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))];
const scannedOf = (nodes: readonly Node[]): (string | undefined)[] =>
  nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']);
const BIG = ['file', 'file_attributes', 'file_text'];

it.each(['plain', 'filtered'] as const)('%s: a rare word comes from the index of words', async (statement) => {
  const nodes = await explain(statement, 'seldom');
  expect(indexesOf(nodes)).toContain('file_text_words');
  expect(scannedOf(nodes).filter((table) => BIG.includes(table!))).toEqual([]);
  const heap = nodes.find((node) => node['Node Type'] === 'Bitmap Heap Scan' && node['Relation Name'] === 'file_text');
  expect(heap).toMatchObject({ 'Actual Rows': 195 });
  expect(heap?.['Rows Removed by Filter'] ?? 0).toBe(0);
});

it.each(['plain', 'filtered'] as const)('%s: a common word comes from the newest texts', async (statement) => {
  const nodes = await explain(statement, 'everywhere');
  expect(indexesOf(nodes)).toContain('file_text_by_language');
  expect(indexesOf(nodes)).not.toContain('file_text_words');
  expect(scannedOf(nodes).filter((table) => BIG.includes(table!))).toEqual([]);
});

/** The most rows that were read of the table of names at once. */
const readOf = (nodes: readonly Node[]): number =>
  Math.max(
    ...nodes
      .filter((node) => node['Relation Name'] === 'file_attributes')
      .map((node) => (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)),
  );

it('a rare part of a name comes from the index of names, after a look at 500 of them', async () => {
  const nodes = await explainNames('ile 2000');
  expect(indexesOf(nodes)).toContain('file_attributes_name_trgm');
  expect(scannedOf(nodes).filter((table) => BIG.includes(table!))).toEqual([]);
  expect(readOf(nodes)).toBe(500);
});

it('a common part of a name comes from the newest, until there are 1,000', async () => {
  const nodes = await explainNames('file');
  expect(indexesOf(nodes)).not.toContain('file_attributes_name_trgm');
  expect(scannedOf(nodes).filter((table) => BIG.includes(table!))).toEqual([]);
  expect(readOf(nodes)).toBe(1_000);
});
