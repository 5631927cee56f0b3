// A whole run at the level trace, good and bad, and not one secret in what it logged.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, createDatabase } from '../support/database.ts';
import { type WaybillProcess, startProcess } from '../support/process.ts';
import {
  JWT_ENV,
  SECRET,
  connectAs,
  createKeyAs,
  requestAs,
  revokeKeyAs,
  sendAs,
  sign,
  statusAs,
} from '../support/sign-in.ts';

let database: TestDatabase;
let waybill: WaybillProcess;
beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, WAYBILL_DATA_DIR: database.dataDir, ...JWT_ENV };
  waybill = await startProcess({ ...env, LOG_LEVEL: 'trace' });
});
afterAll(async () => {
  await waybill.end('SIGTERM');
  await database.drop();
});

const TUS = { 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' };
const REGISTER = `mutation { registerFile(input: { name: "a", size: 2 }) {
  ... on RegisterFileSuccess { file { id uploadUrl } } } }`;

it('no token, key, signature or secret is in the log', async () => {
  const { url } = waybill;
  const token = await sign();
  const key = await createKeyAs(url, token);
  type Data = { registerFile: { file: { id: string; uploadUrl: string } } };
  const { registerFile } = await requestAs<Data>(url, key.secret, REGISTER);
  const { id, uploadUrl } = registerFile.file;
  await fetch(uploadUrl, { method: 'PATCH', headers: { ...TUS, 'upload-offset': '1' }, body: 'ab' });
  expect((await fetch(uploadUrl, { method: 'PATCH', headers: TUS, body: 'ab' })).status).toBe(204);
  const query = 'query ($id: ID!) { file(id: $id) { contentUrl } }';
  const { file } = await requestAs<{ file: { contentUrl: string } }>(url, token, query, { id });
  expect(await (await fetch(file.contentUrl)).text()).toBe('ab');
  await fetch(`${file.contentUrl}x`);
  await fetch(file.contentUrl.replace(/file_[0-9a-f]/, 'file_f'));
  // Every kind of refusal, and errors of every kind with a secret in them.
  const expired = await sign({ exp: 1 });
  const bad = [expired, `${token}x`, `${key.secret.slice(0, -1)}_`, 'nonsense'];
  for (const each of bad) {
    expect(await statusAs(url, each)).toBe(401);
    await connectAs(url, { authorization: `Bearer ${each}` }).closed;
  }
  await sendAs(url, token, `{ file(id: "${key.secret}") { id } }`);
  await sendAs(url, token, `{ ${key.secret} }`);
  await revokeKeyAs(url, token, key.id);
  expect(await statusAs(url, key.secret)).toBe(401);
  const { client } = connectAs(url, { authorization: `Bearer ${token}` });
  await client.iterate({ query: '{ viewer { subject } }' }).next();
  await client.dispose();

  await waybill.end('SIGTERM');
  const log = JSON.stringify(waybill.log);
  expect(waybill.log.length).toBeGreaterThan(10);
  const [{ secret } = { secret: '' }] = await database.query<{ secret: string }>('select secret from signing_secret');
  const signatures = [uploadUrl, file.contentUrl].map((each) => each.slice(-43));
  const secrets = [
    SECRET,
    secret,
    key.secret.slice(-43),
    ...[token, expired].map((each) => each.split('.')[2]!),
    ...signatures,
  ];
  for (const each of secrets) {
    expect(each.length).toBeGreaterThan(30);
    expect(log).not.toContain(each);
  }
});
