// Two tenants on one service: whatever one asks about a file of the other, it is answered as about a file that never was.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instance } from '../support/instance.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { connectAs, requestAs, sendAs, sign, startSignedIn } from '../support/sign-in.ts';
import { storeFile } from '../support/stored-file.ts';
import { APP_ROLE } from '../support/template.ts';

const NEVER = 'file_00000000-0000-7000-8000-000000000000';

describe.each([
  ['without the database', {}],
  ['with row-level security', { WAYBILL_DATABASE_ROLE: APP_ROLE }],
])('tenants are confined %s', (_by, env) => {
  const store = new MemoryStore();

  let waybill: Instance;
  let red: string;
  let blue: string;
  let managed: string;
  let complete: string;
  beforeAll(async () => {
    waybill = await startSignedIn({ store, env });
    [red, blue] = await Promise.all([sign({ tenant: 'red' }), sign({ tenant: 'blue' })]);
    const query =
      'mutation { registerFile(input: { name: "secret of red", size: 9 }) { ... on RegisterFileSuccess { file { id } } } }';
    type Data = { registerFile: { file: { id: string } } };
    managed = (await requestAs<Data>(waybill.url, red, query)).registerFile.file.id;
    complete = (await storeFile(waybill.database, store, { row: { tenant: 'red', name: 'secret of red' } })).id;
  });
  afterAll(() => waybill.stop());

  /** What blue is told, with the id taken out. */
  async function told(id: string, ask: (id: string) => Promise<unknown>): Promise<string> {
    return JSON.stringify(await ask(id))
      .replaceAll(id, 'ID')
      .replaceAll(id.slice(5), 'ID');
  }

  const RESULT = '{ __typename ... on RequestError { code message field issues { field message } } }';
  const graphql = (query: string) => (id: string) => sendAs(waybill.url, blue, query.replaceAll('ID', id));

  const http =
    (method: string, path: string, headers: Record<string, string> = {}) =>
    async (id: string): Promise<unknown> => {
      const common = { authorization: `Bearer ${blue}`, 'tus-resumable': '1.0.0' };
      const response = await fetch(`${waybill.url}${path.replace('ID', id)}`, {
        method,
        headers: { ...common, ...headers },
      });
      const names = [...response.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
      return { status: response.status, names, text: await response.text() };
    };

  async function subscribe(query: string): Promise<unknown> {
    const { client } = connectAs(waybill.url, { authorization: `Bearer ${blue}` });
    const { value } = await client.iterate({ query }).next();
    await client.dispose();
    return value;
  }

  async function streamed(query: string): Promise<string> {
    const headers = {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${blue}`,
    };
    const response = await fetch(`${waybill.url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query }),
    });
    return await response.text();
  }

  const metadata = (id: string): string => `fileId ${Buffer.from(id).toString('base64')}`;

  const ASKED: readonly (readonly [string, (id: string) => Promise<unknown>])[] = [
    ['Query.file', graphql('{ file(id: "ID") { id name uploadUrl contentUrl } }')],
    ['Query.node', graphql('{ node(id: "ID") { id } }')],
    ['a transition by its id', (id) => sendAs(waybill.url, blue, `{ node(id: "transition_${id.slice(5)}_1") { id } }`)],
    ['transitionFile', graphql(`mutation { transitionFile(input: { id: "ID", event: RESET }) ${RESULT} }`)],
    ['transitionFiles', graphql(`mutation { transitionFiles(input: [{ id: "ID", event: RESET }]) ${RESULT} }`)],
    ['reset', graphql(`mutation { reset(input: { id: "ID", expectedVersion: 1 }) ${RESULT} }`)],
    [
      'reportUploadProgress',
      graphql(`mutation { reportUploadProgress(input: { id: "ID", bytesReceived: 1 }) ${RESULT} }`),
    ],
    ['deleteFile', graphql(`mutation { deleteFile(input: { id: "ID" }) ${RESULT} }`)],
    ['Subscription.file', (id) => subscribe(`subscription { file(id: "${id}") { id } }`)],
    ['Subscription.uploadProgress', (id) => subscribe(`subscription { uploadProgress(id: "${id}") { fileId } }`)],
    ['Subscription.file as an event stream', (id) => streamed(`subscription { file(id: "${id}") { id } }`)],
    ['HEAD of the upload', http('HEAD', '/uploads/ID')],
    [
      'PATCH of the upload',
      http('PATCH', '/uploads/ID', { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' }),
    ],
    ['DELETE of the upload', http('DELETE', '/uploads/ID')],
    [
      'POST of an upload for it',
      (id) => http('POST', '/uploads', { 'upload-length': '9', 'upload-metadata': metadata(id) })(id),
    ],
    ['its content', http('GET', '/files/ID')],
    ['a range of its content', http('GET', '/files/ID', { range: 'bytes=0-1' })],
  ];

  describe('about a file of another tenant', () => {
    it.each(ASKED)('%s says what it says of one that never was', async (_what, ask) => {
      const never = await told(NEVER, ask);
      expect(await told(managed, ask)).toBe(never);
      expect(await told(complete, ask)).toBe(never);
      expect(never).not.toContain('secret of red');
    });

    it('and it is as it was', async () => {
      const query = 'query ($id: ID!) { file(id: $id) { state version name } }';
      expect(await requestAs(waybill.url, red, query, { id: managed })).toEqual({
        file: { state: 'UNTRACKED', version: 0, name: 'secret of red' },
      });
      expect(await requestAs(waybill.url, red, query, { id: complete })).toMatchObject({ file: { state: 'INDEXED' } });
    });
  });

  it('lists, searches, counts and changes are of one tenant', async () => {
    const queries = [
      '{ files { edges { node { id } } } }',
      '{ files(filter: { nameContains: "secret" }) { edges { node { id } } } }',
      '{ files(filter: { metadata: {} }, orderBy: { field: NAME }) { edges { node { id } } } }',
    ];
    for (const query of queries) {
      expect(await requestAs(waybill.url, blue, query)).toEqual({ files: { edges: [] } });
      const { files } = await requestAs<{ files: { edges: unknown[] } }>(waybill.url, red, query);
      expect(files.edges.length, query).toBeGreaterThan(0);
    }
    const { fileCounts } = await requestAs<{ fileCounts: { count: number }[] }>(
      waybill.url,
      blue,
      '{ fileCounts { count } }',
    );
    expect(fileCounts.every(({ count }) => count === 0)).toBe(true);
  });

  it('an idempotency key belongs to one tenant', async () => {
    const query = `mutation { registerFile(input: { name: "a", size: 1, idempotencyKey: "same" }) {
    ... on RegisterFileSuccess { replayed file { id } } } }`;
    type Data = { registerFile: { replayed: boolean; file: { id: string } } };
    const ofRed = await requestAs<Data>(waybill.url, red, query);
    const ofBlue = await requestAs<Data>(waybill.url, blue, query);
    expect([ofRed.registerFile.replayed, ofBlue.registerFile.replayed]).toEqual([false, false]);
    expect(ofBlue.registerFile.file.id).not.toBe(ofRed.registerFile.file.id);
  });
});
