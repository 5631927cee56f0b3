// The dearest operations that are known, of each kind: none holds up the process for long or takes much memory, and each is
// answered or refused as GraphQL. Without limits these took 2 to 32 s, up to 2.7 GiB, or ended in a plain 500.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GraphQLErrorShape, connect, request } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { HOSTILE_OPERATIONS, type HostileOperation, aliases } from '../support/hostile-operations.ts';
import { MANY_TRANSITIONS } from '../support/hostile-variables.ts';
import { post } from '../support/http.ts';
import { expectBearable } from '../support/load.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';

const FILES = 1_000;
/** Bytes of the metadata of each file: nearly as much as is allowed. */
const METADATA = 16_000;
/** What each file has gone through. */
const HISTORY = ['START_UPLOAD', 'FAIL_UPLOAD', 'RETRY', 'START_UPLOAD', 'FAIL_UPLOAD', 'RETRY'];

let database: TestDatabase;
let waybill: WaybillProcess;
let ids: string[];
beforeAll(async () => {
  database = await createDatabase();
  waybill = await startProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'error' }, 'api');
  ids = await registerMany({ text: 'ü'.repeat(METADATA / 2) }, 200);
  for (const event of HISTORY) await request(waybill.url, MANY_TRANSITIONS, { i: ids.map((id) => ({ id, event })) });
});
afterAll(async () => {
  await waybill.end('SIGTERM');
  await database.drop();
});

interface Registered {
  readonly registerFiles: readonly { readonly file: { readonly id: string } }[];
}

async function registerMany(metadata: object, atOnce: number): Promise<string[]> {
  const query = `mutation ($i: [RegisterFileInput!]!) { registerFiles(input: $i) {
    ... on RegisterFileSuccess { file { id } } } }`;
  const registered: string[] = [];
  while (registered.length < FILES) {
    const i = Array.from({ length: atOnce }, () => ({ name: 'a file', transfer: 'EXTERNAL', metadata }));
    const { registerFiles } = await request<Registered>(waybill.url, query, { i });
    registered.push(...registerFiles.map(({ file }) => file.id));
  }
  return registered;
}

/** Every time another document: one that is known is not parsed again. */
const paramsOf = ({ query, i }: HostileOperation): { query: string; variables?: { i: unknown } } => ({
  query: `# ${randomUUID()}\n${query}`,
  ...(i !== undefined && { variables: { i } }),
});

describe.each(Object.entries(HOSTILE_OPERATIONS))('%s', (_name, operation) => {
  const expectAnswer = (errors: readonly GraphQLErrorShape[] | undefined): void => {
    if (operation.code === undefined) expect(errors).toBeUndefined();
    else expect(errors?.[0]).toMatchObject({ extensions: { code: operation.code } });
  };

  it('over HTTP', async () => {
    await expectBearable(waybill, async () => {
      const { status, text } = await post(waybill.url, JSON.stringify(paramsOf(operation)));
      expect(status).toBeLessThan(500);
      expectAnswer((JSON.parse(text) as { errors?: GraphQLErrorShape[] }).errors);
    });
  });

  it('over WebSocket', async () => {
    const client = connect(waybill.url);
    await expectBearable(waybill, async () => {
      const ask = async (): Promise<readonly GraphQLErrorShape[] | undefined> => {
        for await (const { errors } of client.iterate(paramsOf(operation))) return errors;
        return undefined;
      };
      expectAnswer(await ask().catch((errors: unknown) => errors as GraphQLErrorShape[]));
    });
    await client.dispose();
  });
});

it('all of them at once leave others served', { timeout: 120_000 }, async () => {
  const over = new AbortController();
  const hostile = Promise.all(
    Object.values(HOSTILE_OPERATIONS).map((each) => post(waybill.url, JSON.stringify(paramsOf(each)))),
  ).finally(() => over.abort());
  let servedMeanwhile = 0;
  while (!over.signal.aborted) {
    await request(waybill.url, '{ feedCursor }');
    servedMeanwhile += Number(!over.signal.aborted);
  }
  for (const { status } of await hostile) expect(status).toBeLessThan(500);
  // Without turns the answers would all be made before anybody else's.
  expect(servedMeanwhile).toBeGreaterThan(5);
});

it('files whose metadata are many small values', { timeout: 240_000 }, async () => {
  // Parsed they take 210 kB each: reading their names took 220 MiB, and held up the process for 350 ms.
  await registerMany({ lists: JSON.parse(`[${'[],'.repeat(5_000)}[]]`) as unknown }, 50);
  for (const field of ['name', 'metadata']) {
    await expectBearable(waybill, async () => {
      const query = `# ${randomUUID()}\n{ files(first: 1000) { edges { node { ${field} } } } }`;
      const { text } = await post(waybill.url, JSON.stringify({ query }));
      const { data } = JSON.parse(text) as { data: { files: { edges: { node: object }[] } } };
      expect(data.files.edges).toHaveLength(FILES);
      if (field === 'metadata') expect(data.files.edges[0]?.node).toHaveProperty('metadata.lists.5000', []);
    });
  }
});

it('a bulk mutation whose answer is too large was carried out, and says so', async () => {
  const query = `mutation ($i: [TransitionFileInput!]!) { transitionFiles(input: $i) {
    ... on TransitionFileSuccess { file { ${aliases(3, 'metadata')} } } } }`;
  const i = ids.map((id) => ({ id, event: 'START_UPLOAD' }));
  const { status, text } = await post(waybill.url, JSON.stringify({ query, variables: { i } }));
  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({
    data: null,
    errors: [{ message: expect.stringContaining('carried out') as string, extensions: { code: 'ANSWER_TOO_LARGE' } }],
  });
  const { fileCounts } = await request<{ fileCounts: { state: string; count: number }[] }>(
    waybill.url,
    '{ fileCounts { state count } }',
  );
  expect(fileCounts).toContainEqual({ state: 'UPLOADING', count: FILES });
});
