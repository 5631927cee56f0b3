// Lists of files by a part of their name: the same with the index of names and without it, on a table that nobody has
// analysed, and rare words come from the index.
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { migrate } from '../../src/db/migrate.ts';
import { createOrm } from '../../src/db/orm.ts';
import { PLANNER_SETTINGS } from '../../src/db/planner.ts';
import { FileReader, type Page } from '../../src/lifecycle/reader.ts';
import { createLogger } from '../../src/log.ts';
import { type Bench, startLifecycle } from '../support/lifecycle.ts';
import { sentStatements } from '../support/sent-statements.ts';

const FILES = 6_000;
const LIMIT = 400;
const ALL = { after: null, before: null, limit: LIMIT, fromEnd: false };
const BY_NAME = { field: 'NAME', isDescending: false } as const;

// Ids ascend with the time of registration, as UUIDv7 do. Of the rarer words there are none among the newest files.
const FILL = `
  insert into file (id, tenant, name, content_type, transfer, state, max_attempts, metadata, failure, created_at, updated_at)
  select format('00000000-0000-7000-8000-%s', lpad(to_hex(n * 2 + t), 12, '0'))::uuid, (array['local', 'other'])[t + 1],
    case
      when n % 500 = 7 and n < 3000 then repeat('x', 300) || 'Needle' || n
      when n % 500 = 8 and n < 3000 then 'a 100%_done\\ ' || n
      when n % 500 = 9 and n < 3000 then 'a 100 percent done ' || n
      when n between 1000 and 2400 then 'HOLIDAY ' || n
      when t = 1 then 'secret ' || n
      else 'Photo ' || n end,
    'a/b', 'EXTERNAL', case when n % 2 = 0 then 'FAILED' else 'INDEXED' end, 3, '{}',
    case when n % 2 = 0 then '{}'::jsonb end, now() + n * interval '1 second', now()
  from generate_series(1, ${FILES}) as n, generate_series(0, 1) as t`;

const WORDS = [
  'needle',
  'NEEDLE1507',
  '100%_DONE',
  String.raw`done\ `,
  '100',
  'photo',
  'holiday',
  'secret',
  'hoto 59',
  'nothing of the kind',
  '%',
  'ee',
];

// From the beginning, because a client of ours takes hold of the method when it is made.
const spy = vi.spyOn(pg.Client.prototype, 'query');
let bench: Bench;
let reader: FileReader;

beforeAll(async () => {
  bench = await startLifecycle();
  reader = new FileReader(bench.orm);
  for (const table of ['file', 'file_attributes'])
    await bench.database.query(`alter table ${table} set (autovacuum_enabled = off)`);
  await bench.database.query(FILL);
});
afterAll(async () => {
  await bench.stop();
  spy.mockRestore();
});

/** Everything that a list can be asked for with a word in names. */
async function read(nameContains: string): Promise<Record<string, string[]>> {
  const list = async (page: Page<string>, states: ('FAILED' | 'INDEXED')[] | null = null): Promise<string[]> =>
    (await reader.listFiles('local', { states, nameContains }, page)).map(({ id }) => id);
  const more = { states: null, metadata: null, contentTypes: null, createdAfter: null, createdBefore: null };
  const search = async (page: Page<{ key: string; id: string }>): Promise<string[]> =>
    (await reader.searchFiles('local', { ...more, nameContains }, BY_NAME, page)).map(({ id }) => id);
  const ids = await list(ALL);
  const middle = ids[Math.floor(ids.length / 2)] ?? null;
  return {
    ids,
    failed: await list(ALL, ['FAILED']),
    after: await list({ ...ALL, after: middle, limit: 3 }),
    before: await list({ ...ALL, before: middle, fromEnd: true, limit: 3 }),
    byName: await search(ALL),
    namesAfter: await search({
      ...ALL,
      after: { key: 'Photo 300', id: '00000000-0000-7000-8000-000000000000' },
      limit: 3,
    }),
    namesFromEnd: await search({ ...ALL, fromEnd: true, limit: 3 }),
  };
}

const readAll = async (): Promise<Record<string, string[]>[]> => await Promise.all(WORDS.map(read));

const isLookup = (text: string): boolean => text.includes('@> array[');

/** The one statement that asks the index, if there was one. */
function lookup(): { text: string; values: string[] } | undefined {
  const found = sentStatements(spy.mock.calls).find(({ text }) => isLookup(text));
  return found as { text: string; values: string[] } | undefined;
}

it('lists are the same with the index and without it', async () => {
  const names = await bench.database.query<{ id: string; name: string }>(
    `select id, name from file where tenant = 'local' order by id desc`,
  );
  const withIndex = await readAll();
  await bench.database.query('drop index file_attributes_name_trgm');
  const without = await readAll();
  expect(withIndex).toEqual(without);
  for (const [at, word] of WORDS.entries()) {
    const expected = names.filter(({ name }) => name.toLowerCase().includes(word.toLowerCase())).map(({ id }) => id);
    const { ids, byName } = withIndex[at]!;
    expect(ids, word).toEqual(expected.slice(0, LIMIT));
    if (expected.length <= LIMIT) expect(byName!.toSorted(), word).toEqual(expected.toSorted());
    else expect(byName, word).toHaveLength(LIMIT);
  }
});

it('a start makes the index again, also when one was left behind half made', async () => {
  const orm = createOrm({ url: bench.database.url, name: 'migrate', max: 2 });
  const valid = `select indisvalid as valid from pg_index where indexrelid = to_regclass('file_attributes_name_trgm')`;
  await migrate(orm, bench.database.url, createLogger('silent'));
  expect(await bench.database.query(valid)).toEqual([{ valid: true }]);
  await bench.database.query(
    `update pg_index set indisvalid = false where indexrelid = 'file_attributes_name_trgm'::regclass`,
  );
  await migrate(orm, bench.database.url, createLogger('silent'));
  await orm.close();
  expect(await bench.database.query(valid)).toEqual([{ valid: true }]);
});

it('a rare word comes from the index, without a look at any other name', async () => {
  spy.mockClear();
  await read('needle');
  const { text, values } = lookup()!;
  const client = new pg.Client({ connectionString: bench.database.url });
  await client.connect();
  await client.query('begin');
  await client.query(`select ${PLANNER_SETTINGS}`);
  await client.query(`prepare lookup as ${text}`);
  const literals = values.map((value) => pg.escapeLiteral(value)).join();
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain execute lookup(${literals})`);
  await client.end();
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('Bitmap Index Scan on file_attributes_name_trgm');
  expect(plan).not.toContain('Seq Scan');
});

it.each(['photo', 'ee', '%%%'])('the index is not asked for %j', async (word) => {
  spy.mockClear();
  await read(word);
  expect(lookup()).toBeUndefined();
});

it('a role that may not make the index starts, and the log says what to do', async () => {
  const role = `reader_${process.pid}`;
  await bench.database.query('drop index file_attributes_name_trgm');
  await bench.database.query('drop extension pg_trgm');
  await bench.database.query(`create role ${role} login password 'secret'`);
  const url = Object.assign(new URL(bench.database.url), { username: role, password: 'secret' }).href;
  const orm = createOrm({ url, name: 'migrate', max: 2 });
  const lines: string[] = [];
  const log = createLogger('silent');
  vi.spyOn(log, 'warn').mockImplementation((...[, message]: unknown[]) => void lines.push(String(message)));
  try {
    await bench.database.query(`grant all on all tables in schema public to ${role}`);
    await migrate(orm, url, log);
  } finally {
    await orm.close();
    await bench.database.query(`drop owned by ${role}`);
    await bench.database.query(`drop role ${role}`);
  }
  expect(lines).toEqual([expect.stringContaining('CREATE EXTENSION pg_trgm')]);
  expect((await read('needle')).ids).toHaveLength(6);
});
