// Lists of files by what never changes of them: every order in both directions, forward and backward, and every filter.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFile, request, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';

interface Node {
  readonly id: string;
  readonly name: string;
  readonly size: number | null;
  readonly createdAt: string;
}

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: Record<'hasNextPage' | 'hasPreviousPage', boolean> & Record<'startCursor' | 'endCursor', string>;
}

type Arguments = Record<string, unknown>;

const FILES = `query ($filter: FileFilter, $orderBy: FileOrder, $first: Int, $after: String, $last: Int, $before: String) {
  files(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id name contentType transfer size bytesReceived metadata state version createdAt updatedAt } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

const LONG = 'ß'.repeat(256);
const NAMES = ['b', 'B', 'a', 'a', 'ä', '🧾', `${LONG}2`, `${LONG}1`, '10', '9'];
const SIZES = [5, 5, 0, 2 ** 33, null, null, 7, 3, 3, 3];

let waybill: Instance;
let all: Node[];
beforeAll(async () => {
  waybill = await startInstance();
  for (const [at, name] of NAMES.entries()) {
    const metadata = { from: at < 3 ? 'here' : 'there', nested: { even: at % 2 === 0, tags: ['x', `t${at}`] } };
    const contentType = ['text/plain', 'image/png', 'a/b'][at % 3];
    await newFile(waybill.url, { name, size: SIZES[at], transfer: 'EXTERNAL', metadata, contentType });
  }
  // The same in another tenant, which no list may show.
  await waybill.database
    .query(`insert into file (id, tenant, name, content_type, transfer, size, state, version, attempts,
      max_attempts, metadata, created_at, updated_at)
    select gen_random_uuid(), 'other', name, content_type, transfer, size, state, version, attempts, max_attempts, metadata,
      created_at, updated_at from file`);
  all = nodesOf(await list({})).toReversed();
});
afterAll(() => waybill.stop());

const list = async (args: Arguments): Promise<Page> => (await request<{ files: Page }>(waybill.url, FILES, args)).files;
const nodesOf = ({ edges }: Page): Node[] => edges.map(({ node }) => node);
const namesOf = async (filter: Arguments): Promise<string[]> => nodesOf(await list({ filter })).map(({ name }) => name);

const KEYS: Readonly<Record<string, (node: Node) => Buffer | number>> = {
  CREATED_AT: ({ createdAt }) => Date.parse(createdAt),
  NAME: ({ name }) => Buffer.from(Array.from(name).slice(0, 256).join('')),
  SIZE: ({ size }) => size ?? -1,
};

/** The ids as they should come. */
function inOrder(field: string, direction: string): string[] {
  const key = KEYS[field]!;
  const compare = (a: Node, b: Node): number => {
    const [x, y] = [key(a), key(b)];
    const order = typeof x === 'number' ? x - (y as number) : x.compare(y as Buffer);
    return order === 0 ? (a.id < b.id ? -1 : 1) : order;
  };
  const ids = all.toSorted(compare).map(({ id }) => id);
  return direction === 'ASC' ? ids : ids.toReversed();
}

const ORDERS = Object.keys(KEYS).flatMap((field) => ['ASC', 'DESC'].map((direction) => ({ field, direction })));

describe.each(ORDERS)('ordered by $field $direction', (orderBy) => {
  const { field, direction } = orderBy;

  it('files look as they do in other lists', async () => {
    const byId = (a: Node, b: Node): number => (a.id < b.id ? -1 : 1);
    expect(nodesOf(await list({ orderBy })).toSorted(byId)).toEqual(nodesOf(await list({})).toSorted(byId));
  });

  it('every file comes once, forward page by page and backward', async () => {
    const forward: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page = await list({ orderBy, first: 3, after });
      forward.push(...nodesOf(page).map(({ id }) => id));
      ({ endCursor: after, hasNextPage: more } = page.pageInfo);
    }
    expect(forward).toEqual(inOrder(field, direction));
    const backward: string[] = [];
    for (let before: string | null = null, more = true; more;) {
      const page = await list({ orderBy, last: 4, before });
      backward.unshift(...nodesOf(page).map(({ id }) => id));
      ({ startCursor: before, hasPreviousPage: more } = page.pageInfo);
    }
    expect(backward).toEqual(forward);
  });

  it('a list of one order does not take the cursor of another', async () => {
    const cursors = [(await list({})).pageInfo.endCursor];
    for (const other of ORDERS.filter((each) => each.field !== field)) {
      cursors.push((await list({ orderBy: other })).pageInfo.endCursor);
    }
    for (const after of [...cursors, 'x', Buffer.from(JSON.stringify([field, {}, 'x'])).toString('base64url')]) {
      await expect(list({ orderBy, after })).rejects.toThrow('not a cursor of this list');
    }
  });
});

describe('filtered', () => {
  it('by metadata: what is given is contained, at any depth, together with other conditions', async () => {
    expect(await namesOf({ metadata: { from: 'here' } })).toEqual(['a', 'B', 'b']);
    expect(await namesOf({ metadata: { from: 'here', nested: { even: true } } })).toEqual(['a', 'b']);
    expect(await namesOf({ metadata: { nested: { tags: ['t4', 'x'] } } })).toEqual(['ä']);
    expect(await namesOf({ metadata: { nested: { even: 'true' } } })).toEqual([]);
    expect(await namesOf({ metadata: {} })).toHaveLength(NAMES.length);
    expect(await namesOf({ metadata: { from: 'here' }, nameContains: 'b' })).toEqual(['B', 'b']);
  });

  it('by media type: one of several, or none', async () => {
    expect(await namesOf({ contentTypes: ['a/b'] })).toEqual(['10', '🧾', 'a']);
    expect(await namesOf({ contentTypes: ['a/b', 'image/png'] })).toHaveLength(6);
    expect(await namesOf({ contentTypes: [] })).toEqual([]);
    expect(await namesOf({ contentTypes: ['x/y'] })).toEqual([]);
  });

  it('by time of registration: from the first, before the second', async () => {
    const times = all.map(({ createdAt }) => createdAt);
    const [from = '', to = ''] = [times[2], times[7]];
    const expected = all.filter(({ createdAt }) => createdAt >= from && createdAt < to).map(({ id }) => id);
    const found = nodesOf(await list({ filter: { createdAfter: from, createdBefore: to } })).map(({ id }) => id);
    expect(found).toEqual(expected.toReversed());
    const shifted = new Date(Date.parse(from) + 3_600_000).toISOString().replace('Z', '+01:00');
    expect(nodesOf(await list({ filter: { createdAfter: shifted, createdBefore: to } }))).toHaveLength(expected.length);
  });

  it('by state as it is now, in an order', async () => {
    await transition(waybill.url, all[0]!.id, 'START_UPLOAD');
    await transition(waybill.url, all[9]!.id, 'START_UPLOAD');
    const page = await list({ filter: { states: ['UPLOADING'] }, orderBy: { field: 'NAME', direction: 'DESC' } });
    expect(nodesOf(page).map(({ name }) => name)).toEqual(['b', '9']);
  });

  it('by what cannot be: the answer says what is wrong', async () => {
    await expect(list({ filter: { createdAfter: '2026-11-26' } })).rejects.toThrow('RFC 3339');
    await expect(list({ filter: { createdAfter: 1 } })).rejects.toThrow('RFC 3339');
    for (const createdAfter of ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-05:00', '2026-02-30T00:00:00Z']) {
      await expect(list({ filter: { createdAfter } })).rejects.toThrow('RFC 3339');
    }
    await expect(list({ filter: { metadata: { text: 'x'.repeat(20_000) } } })).rejects.toThrow('16 KiB');
    await expect(list({ filter: { contentTypes: ['\0'] } })).rejects.toThrow('well-formed');
    await expect(list({ filter: { contentTypes: Array.from({ length: 51 }, () => 'a/b') } })).rejects.toThrow(
      'at most 50',
    );
  });
});

it('a deleted file is in no list', async () => {
  const id = await newFile(waybill.url, { name: 'gone', transfer: 'EXTERNAL', size: 1, metadata: { gone: true } });
  expect(await namesOf({ metadata: { gone: true } })).toEqual(['gone']);
  await request(waybill.url, 'mutation ($id: ID!) { deleteFile(input: { id: $id }) { __typename } }', { id });
  expect(await namesOf({ metadata: { gone: true } })).toEqual([]);
  expect(await waybill.database.query(`select from file_attributes where sort_name = 'gone'`)).toEqual([]);
});
