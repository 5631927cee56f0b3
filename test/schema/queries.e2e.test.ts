// Queries besides the lists themselves: single things by id, counts, and pages that are asked for wrongly.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFile, request, send, transition } from '../support/client.ts';
import { type Instance, startInstance } from '../support/instance.ts';

let waybill: Instance;
let url: string;
beforeAll(async () => {
  waybill = await startInstance();
  ({ url } = waybill);
});
afterAll(() => waybill.stop());

describe.each(['files', 'file(id: $id) { transitions'])('%s', (field) => {
  const close = field === 'files' ? '' : '}';
  it.each([
    ['first: -1', /negative/],
    ['last: -1', /negative/],
    ['first: 1, last: 1', /not for both/],
    ['after: "x"', /not a cursor/],
    ['before: ""', /not a cursor/],
    ['after: "djEwMDAwMDAwMDAwMDA"', /not a cursor/],
    ['after: "ZicgT1IgMT0x"', /not a cursor/],
  ])('with %s is a GraphQL error with its path', async (args, message) => {
    const id = await newFile(url);
    const use = field === 'files' ? '' : 'query ($id: ID!)';
    const { status, errors } = await send(url, `${use} { ${field}(${args}) { edges { cursor } } ${close} }`, { id });
    expect(status).toBe(200);
    expect(errors).toMatchObject([
      { message: expect.stringMatching(message) as string, extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(errors?.[0]?.path?.at(-1)).toBe(field === 'files' ? 'files' : 'transitions');
  });
});

it('node finds files and transitions by their ids', async () => {
  const id = await newFile(url, { name: 'found' });
  const { transition: moved } = await transition(url, id, 'START_UPLOAD');
  const query = `query ($file: ID!, $moved: ID!, $never: ID!) {
    file: node(id: $file) { __typename id ... on File { name } }
    moved: node(id: $moved) { __typename id ... on Transition { fileId version event } }
    never: node(id: $never) { id }
  }`;
  const ids = { file: id, moved: moved?.id, never: moved?.id.replace(/1$/, '2') };
  expect(await request(url, query, ids)).toEqual({
    file: { __typename: 'File', id, name: 'found' },
    moved: { __typename: 'Transition', id: moved?.id, fileId: id, version: 1, event: 'START_UPLOAD' },
    never: null,
  });
});

it('fileCounts has a row for every state, zeros included, and they add up', async () => {
  const query = '{ fileCounts { state count } lifecycle { states } }';
  interface Data {
    readonly fileCounts: readonly { readonly state: string; readonly count: number }[];
    readonly lifecycle: { readonly states: readonly string[] };
  }
  const { fileCounts, lifecycle } = await request<Data>(url, query);
  expect(fileCounts.map(({ state }) => state)).toEqual(lifecycle.states);
  const rows = await waybill.database.query<{ state: string; count: string }>(
    'select state, count(*) from file group by state',
  );
  const stored = Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
  expect(fileCounts).toEqual(lifecycle.states.map((state) => ({ state, count: stored[state] ?? 0 })));
  expect(fileCounts).toContainEqual({ state: 'INDEXED', count: 0 });
});
