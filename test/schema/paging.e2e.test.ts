// Lists a page at a time: files newest first, the history of a file oldest first, forward and backward, and complete
// while more is being added.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFile, request, transition, transitions } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';

let waybill: Instance;
let url: string;
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
});
afterAll(() => waybill.stop());

interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

interface Page<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: PageInfo;
}

type Arguments = Record<string, unknown>;

const PAGE_INFO = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

async function files(args: Arguments): Promise<Page<{ id: string; name: string }>> {
  const query = `query ($filter: FileFilter, $first: Int, $after: String, $last: Int, $before: String) {
    files(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { id name } } ${PAGE_INFO}
    }
  }`;
  return (await request<{ files: Page<{ id: string; name: string }> }>(url, query, args)).files;
}

async function history(id: string, args: Arguments): Promise<Page<{ id: string; version: number }>> {
  const query = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { file(id: $id) {
    transitions(first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { id version } } ${PAGE_INFO}
    }
  } }`;
  type Data = { file: { transitions: Page<{ id: string; version: number }> } };
  return (await request<Data>(url, query, { id, ...args })).file.transitions;
}

const idsOf = ({ edges }: Page<{ id: string }>): string[] => edges.map(({ node }) => node.id);
const versionsOf = ({ edges }: Page<{ version: number }>): number[] => edges.map(({ node }) => node.version);
const upTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);

/** A filter that nothing but the files of one test passes. */
const among = (name: string) => ({ filter: { nameContains: name } });

async function registerMany(name: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) ids.push(await newFile(url, { name: `${name} ${at}` }));
  return ids;
}

describe('files', () => {
  it('come newest first, forward page by page and backward to the same', async () => {
    const newestFirst = (await registerMany('paged', 7)).toReversed();
    const forward: string[] = [];
    let pages = 0;
    for (let after: string | null = null, more = true; more; pages += 1) {
      const page = await files({ ...among('paged'), first: 3, after });
      expect(page.pageInfo.startCursor).toBe(page.edges[0]?.cursor);
      expect(page.pageInfo.hasPreviousPage, `page ${pages}`).toBe(pages > 0);
      forward.push(...idsOf(page));
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage;
    }
    expect(forward).toEqual(newestFirst);
    expect(pages).toBe(3);

    const backward: string[] = [];
    for (let before: string | null = null, more = true; more;) {
      const page = await files({ ...among('paged'), last: 3, before });
      backward.unshift(...idsOf(page));
      before = page.pageInfo.startCursor;
      more = page.pageInfo.hasPreviousPage;
    }
    expect(backward).toEqual(newestFirst);
  });

  it('between two cursors are those strictly between', async () => {
    const newestFirst = (await registerMany('between', 6)).toReversed();
    const cursors = (await files(among('between'))).edges.map(({ cursor }) => cursor);
    const bounds = { ...among('between'), after: cursors[0], before: cursors[5] };
    expect(idsOf(await files(bounds))).toEqual(newestFirst.slice(1, 5));
    expect(idsOf(await files({ ...bounds, first: 2 }))).toEqual(newestFirst.slice(1, 3));
    expect(idsOf(await files({ ...bounds, last: 2 }))).toEqual(newestFirst.slice(3, 5));
    expect(idsOf(await files({ ...bounds, after: cursors[4] }))).toEqual([]);
  });

  it('can be asked for in states, alone or several, or in none', async () => {
    const [untracked = '', uploading = '', failed = ''] = await registerMany('stated', 3);
    await transition(url, uploading, 'START_UPLOAD');
    await transition(url, failed, 'START_UPLOAD');
    await transition(url, failed, 'FAIL_UPLOAD');
    const inStates = async (states: string[] | null) =>
      idsOf(await files({ filter: { nameContains: 'stated', states } }));
    expect(await inStates(['UPLOADING'])).toEqual([uploading]);
    expect(await inStates(['UNTRACKED', 'FAILED'])).toEqual([failed, untracked]);
    expect(await inStates(['INDEXED'])).toEqual([]);
    expect(await inStates([])).toEqual([]);
    expect(await inStates(null)).toEqual([failed, uploading, untracked]);
  });

  it('are found by a part of the name, letter by letter', async () => {
    const names = ['100%_\\done', '100 percent', 'Straße 5', 'emoji 🧾 here', 'x_y', 'xzy'];
    for (const name of names) await newFile(url, { name });
    const found = async (part: string) => (await files(among(part))).edges.map(({ node }) => node.name);
    expect(await found('%')).toEqual(['100%_\\done']);
    expect(await found('0%_')).toEqual(['100%_\\done']);
    expect(await found('_y')).toEqual(['x_y']);
    expect(await found('\\')).toEqual(['100%_\\done']);
    expect(await found('\\done')).toEqual(['100%_\\done']);
    expect(await found('STRAßE')).toEqual(['Straße 5']);
    expect(await found('🧾')).toEqual(['emoji 🧾 here']);
    expect(await found("' or true --")).toEqual([]);
  });

  it('stay one complete list while files are being added', async () => {
    const before = (await registerMany('growing', 30)).toReversed();
    const enough = new AbortController();
    const added: string[] = [];
    const adder = (async () => {
      while (!enough.signal.aborted) added.push(await newFile(url, { name: 'growing too' }));
    })();
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page = await files({ ...among('growing'), first: 2, after });
      seen.push(...idsOf(page));
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage;
    }
    enough.abort();
    await adder;
    expect(added.length).toBeGreaterThan(0);
    expect(new Set(seen).size, 'none twice').toBe(seen.length);
    expect(seen.filter((id) => before.includes(id))).toEqual(before);
  });

  it('come 50 at a time unless asked for, and 1,000 at most', async () => {
    const item = '{ __typename }';
    const aliases = Array.from(
      { length: 150 },
      (_, at) => `a${at}: registerFile(input: {name: "many", transfer: EXTERNAL}) ${item}`,
    );
    for (let round = 0; round < 7; round += 1) await request(url, `mutation { ${aliases.join(' ')} }`);
    expect((await files(among('many'))).edges).toHaveLength(50);
    const capped = await files({ ...among('many'), first: 100_000 });
    expect(capped.edges).toHaveLength(1_000);
    expect(capped.pageInfo.hasNextPage).toBe(true);
    expect((await files({ ...among('many'), last: 100_000 })).edges).toHaveLength(1_000);
    const none = await files({ ...among('many'), first: 0 });
    expect(none.edges).toEqual([]);
  });
});

describe('the history of a file', () => {
  it('pages by version, oldest first, both ways and between', async () => {
    const id = await newFile(url, { name: 'historic' });
    const events = ['START_UPLOAD', 'COMPLETE_UPLOAD', 'COMPLETE_PROCESSING', 'RESET', 'START_UPLOAD', 'FAIL_UPLOAD'];
    await transitions(
      url,
      events.map((event) => ({ id, event })),
    );
    const all = await history(id, {});
    expect(versionsOf(all)).toEqual(upTo(6));
    expect(all.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    const cursors = all.edges.map(({ cursor }) => cursor);
    expect(versionsOf(await history(id, { first: 2 }))).toEqual([1, 2]);
    expect(versionsOf(await history(id, { last: 2 }))).toEqual([5, 6]);
    expect(versionsOf(await history(id, { first: 2, after: cursors[1] }))).toEqual([3, 4]);
    expect(versionsOf(await history(id, { last: 2, before: cursors[2] }))).toEqual([1, 2]);
    expect(versionsOf(await history(id, { after: cursors[0], before: cursors[4] }))).toEqual([2, 3, 4]);
    expect(versionsOf(await history(id, { after: cursors[0], before: cursors[4], last: 1 }))).toEqual([4]);
    const middle = await history(id, { first: 2, after: cursors[1] });
    expect(middle.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: true,
      startCursor: cursors[2],
      endCursor: cursors[3],
    });
  });

  it('is read for a whole list of files at once', async () => {
    const ids = await registerMany('listed', 5);
    await transitions(
      url,
      ids.flatMap((id) => ['START_UPLOAD', 'FAIL_UPLOAD'].map((event) => ({ id, event }))),
    );
    const query = `query ($f: FileFilter) { files(filter: $f) { edges { node { id
      newest: transitions(last: 1) { edges { node { event } } } all: transitions { edges { node { fileId event } } }
    } } } }`;
    interface Node {
      readonly id: string;
      readonly newest: Page<{ event: string }>;
      readonly all: Page<{ fileId: string; event: string }>;
    }
    const data = await request<{ files: Page<Node> }>(url, query, { f: { nameContains: 'listed' } });
    const told = data.files.edges.map(({ node: { id, newest, all } }) => [id, newest.edges, all.edges]);
    const expected = ids
      .toReversed()
      .map((fileId) => [
        fileId,
        [{ node: { event: 'FAIL_UPLOAD' } }],
        ['START_UPLOAD', 'FAIL_UPLOAD'].map((event) => ({ node: { fileId, event } })),
      ]);
    expect(told).toEqual(expected);
  });
});
