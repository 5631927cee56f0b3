// URLs that carry their right, as browsers and plain tus clients use them: without a header, on two replicas.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Upload } from 'tus-js-client';
import { type TestDatabase, createDatabase } from '../../support/database.ts';
import { runToEnd } from '../../support/process.ts';
import type { Instance } from '../../support/instance.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { connectAs, createKeyAs, requestAs, revokeKeyAs, sendAs, sign, startSignedIn } from '../../support/sign-in.ts';
import { type StoredFile, storeFile } from '../../support/stored-file.ts';
import { until } from '../../support/until.ts';

const store = new MemoryStore();
let database: TestDatabase;
let here: Instance;
let there: Instance;
let admin: string;
let file: StoredFile;
beforeAll(async () => {
  database = await createDatabase();
  here = await startSignedIn({ database, store });
  there = await startSignedIn({ database, store });
  admin = await sign();
  file = await storeFile(database, store, { row: { tenant: 'red' } });
});
afterAll(async () => {
  await Promise.all([here.stop(), there.stop()]);
  await database.drop();
});

const CONTENT = 'query ($id: ID!, $s: Int) { file(id: $id) { contentUrl(expiresInSeconds: $s) } }';

async function contentUrl(id: string, seconds: number | null = null, token = admin): Promise<string> {
  const { file: found } = await requestAs<{ file: { contentUrl: string } }>(here.url, token, CONTENT, {
    id,
    s: seconds,
  });
  return found.contentUrl;
}

async function uploadUrl(size: number, token = admin): Promise<{ id: string; url: string }> {
  const query = `mutation ($size: SafeInt!) { registerFile(input: { name: "a", size: $size }) {
    ... on RegisterFileSuccess { file { id uploadUrl } } } }`;
  type Data = { registerFile: { file: { id: string; uploadUrl: string } } };
  const { registerFile } = await requestAs<Data>(here.url, token, query, { size });
  return { id: registerFile.file.id, url: registerFile.file.uploadUrl };
}

const elsewhere = (url: string): string => url.replace(here.url, there.url);
const statusOf = async (url: string, init: RequestInit = {}): Promise<number> => {
  const response = await fetch(url, init);
  await response.arrayBuffer();
  return response.status;
};
const TUS = { 'tus-resumable': '1.0.0' };
const HEAD = { method: 'HEAD', headers: TUS };

describe('a content URL', () => {
  it('needs no header, on any replica, and is for its file and for reading', async () => {
    const url = await contentUrl(file.id);
    expect(url).toMatch(/\/files\/file_[0-9a-f-]{36}\?signature=[\w.-]+$/);
    for (const each of [url, elsewhere(url)]) {
      const response = await fetch(each);
      expect(response.status).toBe(200);
      expect(Buffer.from(await response.arrayBuffer())).toEqual(file.bytes);
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    }
    const other = await storeFile(database, store, { row: { tenant: 'red' } });
    expect(await statusOf(url.replace(file.id, other.id))).toBe(401);
    expect(await statusOf(url.replace('/files/', '/uploads/'), HEAD)).toBe(401);
    expect(await statusOf(`${url}&signature=x`)).toBe(401);
    expect(await statusOf(url.replace(/\?.*/, ''))).toBe(401);
  });

  it('ends when it says so, and then works with Authorization', async () => {
    const url = await contentUrl(file.id, 5);
    expect(await statusOf(url)).toBe(200);
    await until(
      () => statusOf(url),
      (status) => status === 401,
      15_000,
    );
    const expired = await fetch(elsewhere(url));
    expect([expired.status, expired.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await expired.text()).toMatch(/^URL_EXPIRED: ask for a new one/);
    expect(await statusOf(url, { headers: { authorization: `Bearer ${admin}` } })).toBe(200);
    expect(await statusOf(url, { headers: { authorization: 'Bearer nonsense' } })).toBe(401);
  });

  it('lasts as long as was asked, up to WAYBILL_URL_TTL', async () => {
    for (const seconds of [0, -1, 3_601]) {
      const { errors } = await sendAs(here.url, admin, CONTENT, { id: file.id, s: seconds });
      expect(errors?.[0], String(seconds)).toMatchObject({
        extensions: { code: 'INVALID_INPUT', field: 'expiresInSeconds' },
      });
    }
    expect(await statusOf(await contentUrl(file.id, 3_600))).toBe(200);
  });

  it('is confined to its tenant', async () => {
    const foreign = await storeFile(database, store, { row: { tenant: 'blue' } });
    const url = await contentUrl(file.id);
    expect(await statusOf(url.replace(file.id, foreign.id))).toBe(401);
    const blue = await contentUrl(foreign.id, null, await sign({ tenant: 'blue' }));
    expect(await statusOf(blue)).toBe(200);
  });

  it('goes with a proxy that sends credentials of its own', async () => {
    const headers = { authorization: 'Basic YTpi' };
    expect(await statusOf(await contentUrl(file.id), { headers })).toBe(200);
    expect(await statusOf(`${here.url}${file.path}`, { headers })).toBe(401);
  });
});

describe('an upload URL', () => {
  it('is all that a plain tus client needs', async () => {
    const bytes = randomBytes(300_000);
    const { id, url } = await uploadUrl(bytes.length);
    await new Promise<void>((resolve, reject) => {
      new Upload(bytes, { uploadUrl: url, chunkSize: 100_000, onSuccess: () => resolve(), onError: reject }).start();
    });
    const read = await fetch(await contentUrl(id));
    expect(Buffer.from(await read.arrayBuffer())).toEqual(bytes);
  });

  it('is for uploading its file, not for reading, deleting or another one', async () => {
    const { id, url } = await uploadUrl(10);
    expect(await statusOf(url, HEAD)).toBe(200);
    expect(await statusOf(elsewhere(url), HEAD)).toBe(200);
    expect(await statusOf(url, { method: 'DELETE', headers: TUS })).toBe(401);
    expect(await statusOf(url.replace('/uploads/', '/files/'))).toBe(401);
    const other = await uploadUrl(10);
    expect(await statusOf(url.replace(id, other.id), HEAD)).toBe(401);
    const create = { method: 'POST', headers: { ...TUS, 'upload-length': '1' } };
    expect(await statusOf(url.replace(/\/file_[0-9a-f-]+/, ''), create)).toBe(401);
  });

  it('that was kept resumes after it has expired, with Authorization', async () => {
    const own = await startSignedIn({ database, store, env: { WAYBILL_URL_TTL: '5s' } });
    try {
      const query = `mutation { registerFile(input: { name: "a", size: 4 }) {
        ... on RegisterFileSuccess { file { uploadUrl } } } }`;
      type Data = { registerFile: { file: { uploadUrl: string } } };
      const { registerFile } = await requestAs<Data>(own.url, admin, query);
      const url = registerFile.file.uploadUrl;
      const type = { 'content-type': 'application/offset+octet-stream' };
      const patch = { method: 'PATCH', headers: { ...TUS, ...type, 'upload-offset': '0' }, body: 'ab' };
      expect(await statusOf(url, patch)).toBe(204);
      await until(
        () => statusOf(url, HEAD),
        (status) => status === 401,
        15_000,
      );
      const headers = { ...TUS, authorization: `Bearer ${admin}` };
      expect((await fetch(url, { method: 'HEAD', headers })).headers.get('upload-offset')).toBe('2');
      const rest = { method: 'PATCH', headers: { ...headers, ...type, 'upload-offset': '2' }, body: 'cd' };
      expect(await statusOf(url, rest)).toBe(204);
    } finally {
      await own.stop();
    }
  });

  it('carries no right that its reader has not', async () => {
    const { id } = await uploadUrl(10);
    const query = 'query ($id: ID!) { file(id: $id) { uploadUrl } }';
    const viewer = await sign({ roles: ['viewer'] });
    const { file: seen } = await requestAs<{ file: { uploadUrl: string } }>(here.url, viewer, query, { id });
    expect(seen.uploadUrl).toBe(`${here.url}/uploads/${id}`);
  });
});

it('a subscription sends URLs without a right: its results are shared and kept', async () => {
  const { client } = connectAs(here.url, { authorization: `Bearer ${admin}` });
  const queries = [
    'subscription ($id: ID!) { file(id: $id) { contentUrl uploadUrl } }',
    'subscription { fileChanges { ... on FileRegistered { file { uploadUrl } } } }',
  ];
  const [one, two] = queries.map((query) => client.iterate({ query, variables: { id: file.id } }));
  expect((await one!.next()).value).toMatchObject({ data: { file: { contentUrl: `${here.url}${file.path}` } } });
  const change = two!.next();
  const found = await until(
    async () => {
      await uploadUrl(1);
      return await Promise.race([change, Promise.resolve(null)]);
    },
    (result) => result !== null,
  );
  expect(JSON.stringify(found)).toMatch(/"uploadUrl":"[^"?]+"/);
  await client.dispose();
});

it('a download that was begun with a URL is not ended by the key that asked for it, but by the URL', async () => {
  const { id, secret } = await createKeyAs(here.url, admin);
  const url = await contentUrl(file.id, null, secret);
  await revokeKeyAs(here.url, admin, id);
  expect(await statusOf(url)).toBe(200);
});

it('a new secret signs from then on, and with --now the URLs from before end on every replica', async () => {
  const before = await contentUrl(file.id);
  const env = { DATABASE_URL: database.url };
  expect(await runToEnd(env, 'rotate-url-secret')).toMatchObject({ code: 0 });
  const secretOf = (url: string): string | undefined => /signature=(\d+)\./.exec(url)?.[1];
  const after = await until(
    () => contentUrl(file.id),
    (url) => secretOf(url) !== secretOf(before),
    20_000,
  );
  for (const url of [before, elsewhere(before), after, elsewhere(after)]) expect(await statusOf(url)).toBe(200);
  expect(await runToEnd(env, 'rotate-url-secret', '--now')).toMatchObject({ code: 0 });
  for (const url of [before, elsewhere(before), after, elsewhere(after)]) {
    await until(
      () => statusOf(url),
      (status) => status === 401,
      20_000,
    );
  }
  expect(await database.query('select id from signing_secret')).toHaveLength(1);
});
