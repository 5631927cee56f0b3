// Ten thousand requests with credentials of every kind, over HTTP, tus and WebSocket: who is not signed in gets nothing but a
// refusal, nothing is a defect, and the next request is served. WAYBILL_TEST_SEED repeats a run.
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { readMetric } from '../support/http.ts';
import type { Instance } from '../support/instance.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { type Random, createRandom } from '../support/random.ts';
import { createKeyAs, requestAs, revokeKeyAs, sign, startSignedIn, statusAs } from '../support/sign-in.ts';
import { storeFile } from '../support/stored-file.ts';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Date.now() % 2 ** 31);
const REQUESTS = 8_500;
const SOCKETS = 1_500;
const LANES = 16;

const store = new MemoryStore();
let waybill: Instance;
let good: string;
let goods: readonly string[];
let bads: readonly string[];
let queries: readonly string[];
let fileId: string;
beforeAll(async () => {
  waybill = await startSignedIn({ store });
  const { url } = waybill;
  good = await sign();
  const [key, revoked] = [await createKeyAs(url, good), await createKeyAs(url, good)];
  await revokeKeyAs(url, good, revoked.id);
  goods = [good, key.secret, await sign({ roles: ['viewer'] }), await sign({ tenant: 'blue' })];
  bads = [revoked.secret, await sign({ exp: 1 }), await sign({ sub: 'a\0' }), 'null', '', '..', 'wbk_', `${good}.`];
  const file = await storeFile(waybill.database, store, { row: { tenant: 'red' } });
  fileId = file.id;
  const query = 'query ($id: ID!) { file(id: $id) { contentUrl } }';
  const { file: found } = await requestAs<{ file: { contentUrl: string } }>(url, good, query, { id: fileId });
  queries = ['', `?${found.contentUrl.split('?')[1]}`, '?signature=', '?signature=1.9999999999.cmVk.x', '?a=b'];
});
afterAll(() => waybill.stop());

/** Changed at one place, by a character that a header can carry. */
function mutate(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const letter = random.pick(['a', 'Z', '0', '.', '_', '-', '=', ' ', ',', '"', '%', '\t', '\u00e9', '']);
  return random.chance(0.5)
    ? `${text.slice(0, at)}${letter}${text.slice(at + 1)}`
    : `${text.slice(0, at)}${letter}${text.slice(at)}`;
}

interface Credential {
  readonly header: string | null;
  /** Whether it may be accepted. Not sure of a mutation: one outside of the token changes nothing. */
  readonly isGood: boolean | null;
}

function credential(random: Random): Credential {
  const kind = random.below(6);
  if (kind === 0) return { header: null, isGood: false };
  if (kind === 1) return { header: `Bearer ${random.pick(goods)}`, isGood: true };
  if (kind === 2) return { header: `Bearer ${random.pick(bads)}`, isGood: false };
  if (kind === 3) return { header: mutate(`Bearer ${random.pick(goods)}`, random), isGood: null };
  if (kind === 4)
    return { header: random.pick(['Basic YTpi', 'Bearer', 'bearer  ', ',', 'x'.repeat(9_000)]), isGood: false };
  return { header: `Bearer ${random.pick(goods)}, Bearer ${random.pick(goods)}`, isGood: false };
}

const agent = new Agent({ keepAlive: true, maxSockets: LANES });

function ask(method: string, path: string, headers: Record<string, string>, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) };
    const asked = httpRequest(
      `${waybill.url}${path}`,
      { method, agent, headers: { ...headers, ...length } },
      (response) => {
        response
          .resume()
          .once('end', () => resolve(response.statusCode ?? 0))
          .once('error', reject);
      },
    );
    asked.once('error', reject).end(body);
  });
}

async function oneRequest(random: Random): Promise<void> {
  const { header, isGood } = credential(random);
  const headers = { ...(header !== null && { authorization: header }), 'tus-resumable': '1.0.0' };
  const [method, path, body] = random.pick([
    ['POST', '/graphql', '{"query":"{ viewer { subject } }"}'],
    ['POST', '/graphql', '{"query":"mutation { registerFile(input: { name: \\"a\\", size: 1 }) { __typename } }"}'],
    ['GET', '/graphql?query={viewer{subject}}', ''],
    ['GET', `/files/${fileId}${random.pick(queries)}`, ''],
    ['HEAD', `/files/${fileId}`, ''],
    ['HEAD', `/uploads/${fileId}${random.pick(queries)}`, ''],
    ['DELETE', `/uploads/file_00000000-0000-7000-8000-000000000000${random.pick(queries)}`, ''],
    ['PATCH', `/uploads/${fileId}${random.pick(queries)}`, 'ab'],
    ['POST', '/uploads', ''],
  ] as const);
  const type = method === 'PATCH' ? 'application/offset+octet-stream' : 'application/json';
  const status = await ask(method, path, { ...headers, 'content-type': type, 'upload-offset': '0' }, body);
  const told = `${method} ${path} ${header?.slice(0, 300)}: ${status}`;
  expect(status, told).toBeLessThan(500);
  // A good signature stands in for credentials that are no Bearer.
  const isSigned = path.includes(queries[1]!) && !/^bearer(?: |$)/i.test((header ?? '').trim());
  if (isGood === false && !isSigned) expect(status, told).toBe(401);
  if (isGood === true && path.startsWith('/graphql')) expect(status, told).toBe(200);
}

async function oneSocket(random: Random): Promise<void> {
  const { header, isGood } = credential(random);
  const payload = random.pick<unknown>([
    { authorization: header },
    { Authorization: header },
    { authorization: header, AUTHORIZATION: header },
    { authorization: [header] },
    { authorization: { header } },
    header,
    7,
    null,
  ]);
  const socket = new WebSocket(`${waybill.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const types: string[] = [];
  socket.on('message', (data: Buffer) => {
    const { type } = JSON.parse(data.toString()) as { type: string };
    types.push(type);
    if (type === 'connection_ack') {
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ viewer { subject } }' } }));
      socket.send(JSON.stringify({ type: 'ping', payload: { authorization: credential(random).header } }));
    }
    if (type === 'complete') socket.close();
  });
  socket.on('error', () => undefined);
  const closed = once(socket, 'close') as Promise<[number]>;
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload }));
  const [code] = await closed;
  const told = `${JSON.stringify(payload).slice(0, 300)}: ${code} ${types.join(' ')}`;
  // 1009: of what is not signed in, at most 16 KiB are read.
  expect([1005, 1009, 4400, 4403], told).toContain(code);
  if (isGood === false) expect(types, told).not.toContain('next');
}

it(`${REQUESTS + SOCKETS} requests and sockets, seed ${SEED}`, { timeout: 600_000 }, async () => {
  const run = async (lane: number): Promise<void> => {
    const random = createRandom(SEED + lane);
    for (let at = lane; at < REQUESTS; at += LANES) await oneRequest(random);
    for (let at = lane; at < SOCKETS; at += LANES) await oneSocket(random);
  };
  await Promise.all(Array.from({ length: LANES }, (_, lane) => run(lane)));
  agent.destroy();
  expect(await readMetric(waybill.url, 'waybill_unexpected_errors_total')).toBe(0);
  expect(waybill.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  expect(await statusAs(waybill.url, good)).toBe(200);
});
