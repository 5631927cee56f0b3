// What the program asks PostgreSQL costs the same with ten files as with many thousands, on a database that nobody has
// analysed and with plans that were made while it was nearly empty. pg_stat_statements counts the buffers that each
// statement of the running program touches.
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { request } from '../support/client.ts';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { FILL, TABLES } from '../support/filled-tables.ts';
import { countFiles, deleteFile, listFiles, readHistory, reportProgress } from '../support/operations.ts';
import { THIS_DATABASE, resetCosts } from '../support/statement-costs.ts';
import { call, claim } from '../support/worker-api.ts';
import { createUpload, patch, tus } from '../support/tus.ts';
import { ALLOW_LOOPBACK } from '../support/webhook-receiver.ts';
import { until } from '../support/until.ts';
import { WITHOUT_POSITION } from '../../bench/transitions/positions.ts';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function openDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  opened.push(() => database.drop());
  await database.query('create extension pg_stat_statements');
  // The daemon must not analyse what nobody has analysed.
  for (const table of TABLES) await database.query(`alter table ${table} set (autovacuum_enabled = off)`);
  return database;
}

/** Keeps the program from analysing the tables: it leaves alone what is locked. */
async function lockStatistics(database: TestDatabase): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  opened.push(() => client.end());
  await client.query('begin');
  await client.query(`lock table ${TABLES.join()} in share update exclusive mode`);
}

async function startOn(database: TestDatabase): Promise<Instance> {
  // So many that nothing is refused: what is asked for quotas must be cheap too.
  const env = {
    WAYBILL_QUOTA_FILES: '1000000',
    WAYBILL_QUOTA_BYTES: '1TiB',
    WAYBILL_MAX_OPEN_UPLOADS: '1000000',
    ...ALLOW_LOOPBACK,
  };
  const instance = await startInstance({ database, env });
  opened.push(() => instance.stop());
  return instance;
}

let round = 0;

/** One of everything that a client can ask, ten at a time where a batch can have many. */
async function workOn({ url, database }: Instance): Promise<void> {
  round += 1;
  await request(url, '{ tenantUsage { files bytes openUploads } }');
  await request(url, '{ operations { webhookLagSeconds queues { waiting taken workers } } }');
  const keys = Array.from({ length: 10 }, (_, at) => `round ${round}, ${at}`);
  const register = (): Promise<string[]> => registerAll(url, keys);
  const ids = await register();
  expect(await register()).toEqual(ids); // replayed
  await sendAll(url, ids, 'START_UPLOAD', keys);
  await sendAll(url, ids, 'START_UPLOAD', keys); // replayed
  await sendAll(url, ids, 'RESET', null); // refused
  await Promise.all(ids.map((id) => reportProgress(url, id, 5)));
  await sendAll(url, ['file_00000000-0000-7000-8000-000000000000'], 'RESET', null); // not found
  for (let file = 0; file < 3; file += 1) {
    const upload = await createUpload(url, 10);
    await tus('HEAD', upload);
    await patch(upload, 0, '01234');
    await patch(upload, 5, '56789');
  }
  await processAll(url);
  for (const filter of [
    {},
    { states: ['UPLOADING'] },
    { states: ['UPLOADING', 'PROCESSING'] },
    { nameContains: 'file' },
  ]) {
    expect(await listFiles(url, filter)).not.toEqual([]);
  }
  expect((await readHistory(url, ids[0]!))?.length).toBe(1);
  await countFiles(url);
  await searchFiles(url, 'file');
  await searchFiles(url, `seldom ${round}`);
  await useKeys(url);
  await useWebhooks(url, database);
  await Promise.all(ids.slice(5).map((id) => deleteFile(url, id)));
  const left = `${WITHOUT_POSITION} union all select from file_count_delta`;
  await until(
    () => database.query(left),
    (rows) => rows.length === 0,
  );
}

async function searchFiles(url: string, text: string): Promise<void> {
  const query = 'query S($text: String!) { searchFiles(query: $text) { edges { rank snippets { text } } } }';
  await request(url, query, { text });
}

/** As a worker outside of the service: a sign of life, one file given back, the others ended. */
async function processAll(url: string): Promise<void> {
  const claimed = await claim(url, { limit: 10 });
  expect(claimed).toHaveLength(3);
  for (const { file, leaseToken } of claimed)
    await call(url, 'extendLease', { id: file.id, leaseToken, progress: 0.5 });
  const [{ file, leaseToken } = claimed[0]!] = claimed;
  await call(url, 'releaseLease', { id: file.id, leaseToken });
  for (const each of [...claimed.slice(1), ...(await claim(url))]) {
    const end = { id: each.file.id, event: 'COMPLETE_PROCESSING', leaseToken: each.leaseToken };
    expect(await call(url, 'transitionFile', end)).toMatchObject({ __typename: 'TransitionFileSuccess' });
  }
  expect(await claim(url)).toEqual([]);
}

async function useKeys(url: string): Promise<void> {
  const create = `mutation { createApiKey(input: { name: "a", roles: [VIEWER] }) {
    ... on CreateApiKeySuccess { apiKey { id } } } }`;
  const { createApiKey } = await request<{ createApiKey: { apiKey: { id: string } } }>(url, create);
  const { id } = createApiKey.apiKey;
  await request(url, 'query ($id: ID!) { apiKeys(first: 10) { edges { node { id } } } node(id: $id) { id } }', { id });
  await request(url, `mutation { revokeApiKey(input: { id: "${id}" }) { __typename } }`);
}

/** Everything but what a receiver answers: there is none. */
async function useWebhooks(url: string, database: TestDatabase): Promise<void> {
  const create = `mutation { createWebhook(input: { url: "http://127.0.0.2:65535/" }) {
    ... on CreateWebhookSuccess { webhook { id cursor } } } }`;
  type Created = { createWebhook: { webhook: { id: string; cursor: string } } };
  const { id, cursor } = (await request<Created>(url, create)).createWebhook.webhook;
  await registerAll(url, [`round ${round}, webhooks`]);
  const read = `query ($id: ID!) { webhooks(first: 10) { edges { node { id } } }
    node(id: $id) { ... on Webhook { deliveries(first: 10) { edges { node { id attempts } } } } } }`;
  type Read = { node: { deliveries: { edges: { node: { id: string; attempts: number } }[] } } };
  const { node } = await until(
    () => request<Read>(url, read, { id }),
    (answer) => answer.node.deliveries.edges.some((edge) => edge.node.attempts > 1),
  );
  await request(url, 'query ($id: ID!) { node(id: $id) { id } }', { id: node.deliveries.edges[0]!.node.id });
  const mutate = (name: string, input: string): Promise<unknown> =>
    request(url, `mutation { ${name}(input: { id: "${id}" ${input} }) { __typename } }`);
  await mutate('rotateWebhookSecret', '');
  await mutate('updateWebhook', 'state: PAUSED');
  await mutate('replayWebhook', `after: "${cursor}"`);
  await mutate('deleteWebhook', '');
  await until(
    () => database.query(`select from webhook where holder is not null and state = 'ACTIVE' and tenant = 'local'`),
    (rows) => rows.length === 0,
  );
}

async function registerAll(url: string, keys: readonly string[]): Promise<string[]> {
  const query = `mutation R($input: [RegisterFileInput!]!) { registerFiles(input: $input) {
    ... on RegisterFileSuccess { file { id } } } }`;
  const input = keys.map((idempotencyKey) => ({
    name: 'file',
    contentType: 'a/b',
    transfer: 'EXTERNAL',
    size: 10,
    idempotencyKey,
  }));
  const { registerFiles } = await request<{ registerFiles: { file: { id: string } }[] }>(url, query, { input });
  return registerFiles.map(({ file }) => file.id);
}

async function sendAll(
  url: string,
  ids: readonly string[],
  event: string,
  keys: readonly string[] | null,
): Promise<void> {
  const query = `mutation T($input: [TransitionFileInput!]!) { transitionFiles(input: $input) { __typename } }`;
  const input = ids.map((id, at) => ({ id, event, idempotencyKey: keys?.[at] ?? null }));
  await request(url, query, { input });
}

interface Cost {
  readonly id: string;
  readonly query: string;
  /** For each row it returned or wrote and each time it ran. */
  readonly buffers: number;
  readonly jit: number;
}

/** What each statement of the program has cost since the last time. */
async function takeCosts(database: TestDatabase): Promise<Map<string, Cost>> {
  const costs = await database.query<Cost & Record<string, unknown>>(
    `select queryid::text as id, query, jit_functions::int as jit,
       ((shared_blks_hit + shared_blks_read) / (rows + calls))::float as buffers
     from pg_stat_statements where dbid = ${THIS_DATABASE} and toplevel and calls > 0`,
  );
  await resetCosts(database);
  return new Map(costs.map((cost) => [cost.id, cost]));
}

/** A queue costs what its dead rows since the last vacuum cost, however large the tables are. */
const isQueue = ({ query }: Cost): boolean => /delete from (file|byte)_count_delta/.test(query);

/** Asked by this test alone. */
const isOwn = ({ query }: Cost): boolean => query.startsWith(WITHOUT_POSITION);

/** A search looks at so many of the newest names and texts at most (src/search/), and then does not cost more. */
const isSearch = ({ query }: Cost): boolean =>
  ['spoken', 'as ask', 'from file_attributes a where'].some((part) => query.includes(part));
const MOST_OF_SEARCH = 15_000;

/**
 * Twice as much is a deeper index and pages that are not full, and a new connection reads the catalog. A scan of a table or
 * of an index is hundreds, for each row.
 */
const limitOf = (cost: Cost, { buffers }: Cost): number => (isSearch(cost) ? MOST_OF_SEARCH : 2 * buffers + 60);

function expectAlike(costs: ReadonlyMap<string, Cost>, before: ReadonlyMap<string, Cost>): void {
  const dearer = [...costs.values()].filter(
    (cost) =>
      !isQueue(cost) && !isOwn(cost) && before.has(cost.id) && cost.buffers > limitOf(cost, before.get(cost.id)!),
  );
  expect(dearer).toEqual([]);
  expect([...costs.values()].filter(({ jit }) => jit > 0)).toEqual([]);
}

it.each([
  ['that nobody has analysed', null],
  ['that was analysed when it was nearly empty', 'analyze'],
])(
  'a database %s costs no more when it is full',
  async (_, analyse) => {
    const database = await openDatabase();
    if (analyse === null) await lockStatistics(database);
    const old = await startOn(database);
    await workOn(old);
    await takeCosts(database);
    await workOn(old);
    const before = await takeCosts(database);
    if (analyse !== null) {
      await database.query(analyse);
      await workOn(old);
      await lockStatistics(database);
    }
    await database.query(FILL);
    await takeCosts(database);
    await workOn(old);
    const then = await takeCosts(database);
    const fresh = await startOn(database);
    await takeCosts(database);
    await workOn(fresh);
    const now = await takeCosts(database);
    expect(before.size).toBeGreaterThan(30);
    expectAlike(then, before);
    expectAlike(now, before);
    const statistics = `select from pg_stats where schemaname = 'public'`;
    if (analyse === null) expect(await database.query(statistics)).toEqual([]);
  },
  480_000,
);
