// searchFiles as a client sees it: pages, snippets, refusals, and what people type to see what happens.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from '../support/instance.ts';
import { type Bench, startLifecycle } from '../support/lifecycle.ts';
import { index } from '../support/texts.ts';

interface Found {
  readonly cursor: string;
  readonly rank: number;
  readonly node: { readonly id: string; readonly name: string; readonly state: string };
  readonly snippets: readonly { readonly text: string; readonly hits: readonly { start: number; end: number }[] }[];
}

interface Page {
  readonly edges: readonly Found[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string };
}

interface Answer {
  readonly data?: { readonly searchFiles: Page } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
}

const QUERY = `query S($query: String!, $filter: FileFilter, $first: Int, $after: String) {
  searchFiles(query: $query, filter: $filter, first: $first, after: $after) {
    edges { cursor rank node { id name state } snippets { text hits { start end } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

let instance: Instance;
let bench: Bench;
beforeAll(async () => {
  instance = await startInstance();
  bench = await startLifecycle({ database: instance.database });
  for (let at = 0; at < 7; at += 1) {
    await index(bench, {
      name: `minutes ${at}.txt`,
      text: `The ${'budget '.repeat(at + 1)} was approved in meeting ${at}.`,
    });
  }
  await index(bench, { name: 'Holiday_Photo.jpg' });
});
afterAll(async () => {
  await bench.stop();
  await instance.stop();
});

async function ask(variables: Record<string, unknown>, url = instance.url): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUERY, variables }),
  });
  return (await response.json()) as Answer;
}

const find = async (variables: Record<string, unknown>): Promise<Page> => (await ask(variables)).data!.searchFiles;

it('files come by rank, with snippets whose hits are words of the query', async () => {
  const { edges } = await find({ query: 'budgets approved' });
  expect(edges).toHaveLength(7);
  expect(edges.map(({ rank }) => rank)).toEqual(edges.map(({ rank }) => rank).toSorted((a, b) => b - a));
  for (const { node, snippets } of edges) {
    expect(node.state).toBe('INDEXED');
    const words = snippets.flatMap(({ text, hits }) => hits.map(({ start, end }) => text.slice(start, end)));
    expect(new Set(words)).toEqual(new Set(['budget', 'approved']));
  }
});

it('snippets are found in a fragment too', async () => {
  const query = `query { searchFiles(query: "approved") { edges { ...Found } } }
    fragment Found on QuerySearchFilesEdge { ... on QuerySearchFilesEdge { where: snippets { text } } }`;
  const response = await fetch(`${instance.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data } = (await response.json()) as { data: { searchFiles: { edges: { where: { text: string }[] }[] } } };
  expect(data.searchFiles.edges[0]!.where[0]!.text).toContain('approved');
});

it('a file without text is found by its name, without snippets', async () => {
  const { edges } = await find({ query: 'photo' });
  expect(edges).toMatchObject([{ node: { name: 'Holiday_Photo.jpg' }, snippets: [] }]);
});

it('pages follow each other without a gap, as small as one, as large as 100', async () => {
  const whole = await find({ query: 'budget', first: 100 });
  expect(whole.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
  const ids: string[] = [];
  let after: string | null = null;
  for (let isOver = false; !isOver;) {
    const page: Page = await find({ query: 'budget', first: 2, after });
    ids.push(...page.edges.map(({ node }) => node.id));
    expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
    after = page.pageInfo.endCursor;
    isOver = !page.pageInfo.hasNextPage;
  }
  expect(ids).toEqual(whole.edges.map(({ node }) => node.id));
  expect((await find({ query: 'budget', first: 0 })).edges).toEqual([]);
});

describe('refused with BAD_USER_INPUT', () => {
  it.each([
    '',
    'nonsense',
    'é',
    Buffer.from('["rank","1","x"]').toString('base64url'),
    Buffer.from('["rank",1e999,"00000000-0000-7000-8000-000000000000"]').toString('base64url'),
  ])('is the cursor %j', async (after) => {
    const { errors } = await ask({ query: 'budget', after });
    expect(errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });

  it('is a negative page', async () => {
    expect((await ask({ query: 'budget', first: -1 })).errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });
});

it.each(['', '   ', '-budget', '""', '***', 'a\0b', '\ud800', 'x'.repeat(1_025), 'a or '.repeat(10_000)])(
  'the query %j is refused with INVALID_INPUT',
  async (query) => {
    const { errors } = await ask({ query });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', field: 'query' });
  },
);

it.each([
  'the of and',
  '"unbalanced',
  "'; drop table file; --",
  'a or '.repeat(204),
  '(((',
  '"a b" or "',
  ':* <-> !',
  '%_\\',
])('the query %j is answered', async (query) => {
  const { errors } = await ask({ query });
  const code = errors?.[0]?.extensions['code'];
  expect([undefined, 'INVALID_INPUT']).toContain(code);
});

it('a filter that is wrong is refused as in files', async () => {
  const { errors } = await ask({ query: 'budget', filter: { nameContains: 'x'.repeat(1_025) } });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', field: 'filter.nameContains' });
});

it('a server without search says so, and starts whatever language is set', async () => {
  const off = await startInstance({
    database: instance.database,
    env: { WAYBILL_SEARCH: 'off', WAYBILL_SEARCH_LANGUAGE: 'klingon' },
  });
  const { errors } = await ask({ query: 'budget' }, off.url);
  await off.stop();
  expect(errors).toMatchObject([{ extensions: { code: 'SEARCH_DISABLED' } }]);
});

it('a language that the database does not have is refused at the start, with those that it has', async () => {
  const start = startInstance({ database: instance.database, env: { WAYBILL_SEARCH_LANGUAGE: 'klingon' } });
  await expect(start).rejects.toThrow(/WAYBILL_SEARCH_LANGUAGE holds "klingon".*allowed: auto, .*english.*simple/);
});
