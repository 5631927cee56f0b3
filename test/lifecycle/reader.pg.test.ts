// What the reader reads together: files by their ids for everybody who asks in the same moment, pages of the histories of
// several files, and lists of several states. Each caller gets what it would get alone.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { READ_SESSION } from '../../src/db/read.ts';
import { type MikroORM, createOrm } from '../../src/db/orm.ts';
import { ALL_JSON } from '../../src/lifecycle/file-rows.ts';
import { FileReader } from '../../src/lifecycle/reader.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { THIS_DATABASE, resetCosts } from '../support/statement-costs.ts';

const TENANTS = ['red', 'blue'] as const;
const uuidOf = (file: number): string => `00000000-0000-7000-8000-${String(file).padStart(12, '0')}`;

/** File n belongs to the tenants in turn, is at version n and has metadata that say so. */
const FILL = `
  insert into file (id, tenant, name, content_type, transfer, state, version, max_attempts, metadata, created_at, updated_at)
    select format('00000000-0000-7000-8000-%s', lpad(n::text, 12, '0'))::uuid, (array['blue', 'red'])[n % 2 + 1], 'file ' || n,
      'a/b', 'EXTERNAL', (array['UNTRACKED', 'UPLOADING', 'INDEXED'])[n % 3 + 1], n, 3, jsonb_build_object('n', n),
      '2026-11-27T17:45:30.04Z', now()
    from generate_series(1, 12) as n;
  insert into file_change (tenant, file_id, version, kind, event, from_state, to_state, attempt_id, actor, file, occurred_at)
    select tenant, id, v, 'TRANSITIONED', 'RESET', 'INDEXED', 'UNTRACKED', id, 'a', '{}', now()
    from file cross join lateral generate_series(1, version) as v`;

let database: TestDatabase;
let orm: MikroORM;
let reader: FileReader;
beforeAll(async () => {
  database = await createDatabase();
  orm = createOrm({ url: database.url, name: 'test', max: 2, ownSession: READ_SESSION });
  reader = new FileReader(orm);
  await database.query(FILL);
  await database.query('create extension pg_stat_statements');
  // So that connections are open.
  await Promise.all([reader.countByState('red'), reader.countByState('blue')]);
});
afterAll(async () => {
  await orm.close();
  await database.drop();
});
beforeEach(() => resetCosts(database));

async function countStatements(of: string): Promise<number> {
  const [row] = await database.query<{ calls: number }>(
    `select coalesce(sum(calls), 0)::int as calls from pg_stat_statements
     where dbid = ${THIS_DATABASE} and query like 'select%' and query like '%from ${of} as %'`,
  );
  return row!.calls;
}

const ownerOf = (file: number): (typeof TENANTS)[number] => (file % 2 === 1 ? 'red' : 'blue');

it('whoever asks for a file in the same moment gets it, or nothing if it is of another tenant; a statement for each', async () => {
  const asked = Array.from({ length: 14 }, (_, at) => at).flatMap((file) =>
    TENANTS.map((tenant) => ({ tenant, file })),
  );
  const files = await Promise.all(asked.map(({ tenant, file }) => reader.readFile(tenant, uuidOf(file))));
  const expected = asked.map(({ tenant, file }) =>
    file >= 1 && file <= 12 && ownerOf(file) === tenant ? `file ${file}` : null,
  );
  expect(files.map((file) => file?.name ?? null)).toEqual(expected);
  expect(await countStatements('file')).toBe(TENANTS.length);
});

it('JSON is read if one of those who ask wants it', async () => {
  const [plain, whole] = await Promise.all([
    reader.readListed('red', uuidOf(1), new Set()),
    reader.readListed('red', uuidOf(3), ALL_JSON),
  ]);
  expect(plain).toMatchObject({ id: uuidOf(1), createdAt: '2026-11-27T17:45:30.040Z' });
  expect(JSON.parse(JSON.stringify(whole))).toMatchObject({ id: uuidOf(3), metadata: { n: 3 }, properties: {} });
  expect(await reader.readListed('red', uuidOf(1), new Set())).toMatchObject({ metadata: null, properties: null });
});

const versionsOf = (pages: readonly (readonly { readonly version: number }[])[]): number[][] =>
  pages.map((page) => page.map(({ version }) => version));

it('pages of histories end before the version that each file is to be seen at, in one statement', async () => {
  const wanted = [
    { fileId: uuidOf(5), before: 3 },
    { fileId: uuidOf(11), before: null },
    { fileId: uuidOf(5), before: 6 },
    { fileId: uuidOf(12), before: null }, // blue
    { fileId: uuidOf(99), before: null },
  ];
  const page = { after: 1, limit: 3, fromEnd: false };
  expect(versionsOf(await reader.readTransitions('red', wanted, page))).toEqual([[2], [2, 3, 4], [2, 3, 4], [], []]);
  expect(await countStatements('file_change')).toBe(1);
  const last = { after: null, limit: 2, fromEnd: true };
  expect(versionsOf(await reader.readTransitions('red', wanted, last))).toEqual([[2, 1], [11, 10], [5, 4], [], []]);
});

it('single transitions come by file and version, of one tenant', async () => {
  const keys = [
    { fileId: uuidOf(5), version: 2 },
    { fileId: uuidOf(5), version: 6 },
    { fileId: uuidOf(12), version: 1 },
  ];
  const found = await reader.readTransitionsByKey('red', keys);
  expect(found.map(({ fileId, version }) => ({ fileId, version }))).toEqual([{ fileId: uuidOf(5), version: 2 }]);
});

it('a list of several states is one statement and in one order, forward and from the end', async () => {
  const filter = { states: ['UPLOADING', 'INDEXED', 'UPLOADING'] as const, nameContains: null };
  const namesOf = async (limit: number, fromEnd: boolean): Promise<string[]> => {
    const page = { after: null, before: null, limit, fromEnd };
    return (await reader.listFiles('red', filter, page, new Set())).map(({ name }) => name);
  };
  expect(await namesOf(3, false)).toEqual(['file 11', 'file 7', 'file 5']);
  expect(await countStatements('file')).toBe(1);
  expect(await namesOf(3, true)).toEqual(['file 1', 'file 5', 'file 7']);
});
