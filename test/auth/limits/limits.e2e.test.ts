// What a tenant and a principal may have and do, as clients meet it: over HTTP, WebSocket and tus. Rates are tested with more
// than a second's worth at once, so that it does not matter how fast this machine is.
import { createHash } from 'node:crypto';
import { type ClientRequest, request as httpRequest } from 'node:http';
import type { Client } from 'graphql-ws';
import { afterEach, describe, expect, it } from 'vitest';
import { connect, request } from '../../support/client.ts';
import { readMetric } from '../../support/http.ts';
import { type Instance, type InstanceOptions, startInstance } from '../../support/instance.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { connectAs, requestAs, sendAs, sign, startSignedIn } from '../../support/sign-in.ts';
import { storeFile } from '../../support/stored-file.ts';
import { createUpload, patch, tus } from '../../support/tus.ts';
import { until } from '../../support/until.ts';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function start(env: Record<string, string>, more: Omit<InstanceOptions, 'env'> = {}): Promise<Instance> {
  const instance = await startInstance({ env, ...more });
  opened.push(() => instance.stop());
  return instance;
}

interface Answer {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number | null;
  readonly file?: { readonly id: string };
}

const ANSWER = `__typename ... on RegisterFileSuccess { file { id } } ... on RequestError { code message retryAfterSeconds }`;
const REGISTER_MANY = `mutation ($input: [RegisterFileInput!]!) { registerFiles(input: $input) { ${ANSWER} } }`;
const REGISTER = `mutation { registerFile(input: { name: "a", transfer: EXTERNAL }) { ${ANSWER} } }`;

const inputs = (count: number): object[] => Array.from({ length: count }, () => ({ name: 'a', size: 10 }));

async function registerMany(url: string, count: number): Promise<readonly Answer[]> {
  return (await request<{ registerFiles: Answer[] }>(url, REGISTER_MANY, { input: inputs(count) })).registerFiles;
}

const USAGE = `{ tenantUsage { files bytes openUploads filesQuota bytesQuota openUploadsQuota rateLimit } }`;
const usageOf = async (url: string): Promise<object> =>
  (await request<{ tenantUsage: object }>(url, USAGE)).tenantUsage;

const refusals = (url: string, limit: string): Promise<number> =>
  readMetric(url, `waybill_limit_refusals_total{limit="${limit}"}`);

describe('WAYBILL_RATE_LIMIT', () => {
  it('of many items at once the first ones are done, and each other one is told when to come back', async () => {
    const { url } = await start({ WAYBILL_RATE_LIMIT: '3' });
    const answers = await registerMany(url, 10);
    expect(answers.map(({ code }) => code ?? 'done')).toEqual([
      ...Array<string>(3).fill('done'),
      ...Array<string>(7).fill('RATE_LIMITED'),
    ]);
    // Three come in each second.
    expect(answers.slice(3).map(({ retryAfterSeconds }) => retryAfterSeconds)).toEqual([1, 1, 1, 2, 2, 2, 3]);
    expect(await usageOf(url)).toMatchObject({ files: 3, rateLimit: 3 });
    expect(await refusals(url, 'mutation_rate')).toBe(7);
  });

  it('a rate of 1 works: one passes, and after the wait another', async () => {
    const { url } = await start({ WAYBILL_RATE_LIMIT: '1' });
    const answers = await registerMany(url, 3);
    expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
    const { retryAfterSeconds } = answers[1]!;
    await new Promise((resolve) => setTimeout(resolve, retryAfterSeconds! * 1_000));
    expect((await registerMany(url, 1))[0]).toMatchObject({ __typename: 'RegisterFileSuccess' });
  });

  it('single mutations are refused as data, and as errors where there is no place for data', async () => {
    const { url } = await start({ WAYBILL_RATE_LIMIT: '2' });
    const many = await Promise.all(
      Array.from({ length: 40 }, async () => (await request<{ registerFile: Answer }>(url, REGISTER)).registerFile),
    );
    const refused = many.filter(({ code }) => code === 'RATE_LIMITED');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ __typename: 'RequestError', retryAfterSeconds: 1 });
    expect(await usageOf(url)).toMatchObject({ files: 40 - refused.length });
    const claim = `mutation { claimFiles(input: { worker: "w" }) { leaseToken } }`;
    const claims = await Promise.all(Array.from({ length: 40 }, () => sendAs(url, '', claim)));
    const errors = claims.flatMap(({ errors: all = [] }) => all);
    expect(errors[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 1 });
  });

  it('holds over a WebSocket, for all sockets of the tenant together', async () => {
    const { url } = await start({ WAYBILL_RATE_LIMIT: '3' });
    const clients = [connect(url), connect(url)];
    opened.push(async () => void (await Promise.all(clients.map(async (client) => await client.dispose()))));
    const answers = await Promise.all(clients.map((client) => runOver(client)));
    const done = answers.flat().filter(({ code }) => code === undefined);
    expect(done.length).toBeGreaterThanOrEqual(3);
    expect(answers.flat().filter(({ code }) => code === 'RATE_LIMITED').length).toBe(1_000 - done.length);
    expect(done.length).toBeLessThan(500);
  });

  it('is of a tenant: another is not refused, and neither are reads', async () => {
    const instance = await startSignedIn({ env: { WAYBILL_RATE_LIMIT: '2' } });
    opened.push(() => instance.stop());
    const [one, other] = [await sign({ tenant: 'one' }), await sign({ tenant: 'other' })];
    const register = async (token: string, count: number): Promise<readonly Answer[]> =>
      (await requestAs<{ registerFiles: Answer[] }>(instance.url, token, REGISTER_MANY, { input: inputs(count) }))
        .registerFiles;
    expect((await register(one, 500)).filter(({ code }) => code === 'RATE_LIMITED')).toHaveLength(498);
    expect((await register(other, 2)).map(({ code }) => code)).toEqual([undefined, undefined]);
    for (let read = 0; read < 5; read += 1) expect((await sendAs(instance.url, one, USAGE)).errors).toBeUndefined();
  });

  it('a worker ends its files however much clients send', async () => {
    const { url } = await start({ WAYBILL_RATE_LIMIT: '2' });
    const refused = await registerMany(url, 1_000);
    const id = refused[0]!.file!.id;
    const end = (leaseToken: string | null): Promise<{ transitionFile: Answer }> =>
      request(
        url,
        `mutation ($input: TransitionFileInput!) { transitionFile(input: $input) {
          __typename ... on Error { code } } }`,
        { input: { id, event: 'COMPLETE_PROCESSING', leaseToken } },
      );
    // Some of them, however slowly they are answered.
    const ends = await Promise.all(Array.from({ length: 40 }, () => end(null)));
    expect(ends.map(({ transitionFile }) => transitionFile.code)).toContain('RATE_LIMITED');
    expect((await end('018f0000-0000-7000-8000-000000000000')).transitionFile.code).not.toBe('RATE_LIMITED');
  });

  it('who may not be a worker gains nothing by naming a lease', async () => {
    const instance = await startSignedIn({ env: { WAYBILL_RATE_LIMIT: '2' } });
    opened.push(() => instance.stop());
    // Refused before the database is asked, so that nothing comes in meanwhile.
    const spent = ['a', 'b'].map((name) => `${name}: registerFile(input: { name: "" }) { __typename }`).join(' ');
    const lease = '018f0000-0000-7000-8000-000000000000';
    const end = `end: transitionFile(input: { id: "file_1", event: COMPLETE_PROCESSING, leaseToken: "${lease}" })
      { ... on Error { code } }`;
    const endAs = async (role: string): Promise<string | undefined> =>
      (
        await requestAs<{ end: Answer }>(
          instance.url,
          await sign({ tenant: role, roles: [role] }),
          `mutation { ${spent} ${end} }`,
        )
      ).end.code;
    expect(await endAs('uploader')).toBe('RATE_LIMITED');
    expect(await endAs('admin')).not.toBe('RATE_LIMITED');
  });

  it('uploads that are created or ended are 429 with Retry-After, and nothing is registered', async () => {
    const { url } = await start({ WAYBILL_RATE_LIMIT: '2' });
    const headers = { 'upload-length': '10' };
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => tus('POST', `${url}/uploads`, { headers, body: '' })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]!.headers['retry-after']).toBe('1');
    expect(refused[0]!.body).toMatch(/^RATE_LIMITED: /);
    expect(await usageOf(url)).toMatchObject({ files: 40 - refused.length });
    const { location } = answers.find(({ status }) => status === 201)!.headers;
    await registerMany(url, 1_000);
    // Bytes have a rate of their own.
    expect((await patch(location!, 0, 'ten bytes.')).status).toBe(204);
  });
});

async function runOver(client: Client): Promise<Answer[]> {
  const answers: Answer[] = [];
  for await (const { data } of client.iterate<{ registerFiles: Answer[] }>({
    query: REGISTER_MANY,
    variables: { input: inputs(500) },
  })) {
    answers.push(...(data?.registerFiles ?? []));
  }
  return answers;
}

describe('WAYBILL_BYTE_RATE_LIMIT', () => {
  const LARGE = Buffer.alloc(600_000, 'x');
  const SLOW = { WAYBILL_BYTE_RATE_LIMIT: '1KiB' };

  it('a PATCH that would wait too long ends with 429 in the middle, and what has arrived is kept', async () => {
    const { url } = await start(SLOW);
    const upload = await createUpload(url, LARGE.length);
    const first = await patch(upload, 0, LARGE);
    expect(first.status).toBe(429);
    expect(Number(first.headers['retry-after'])).toBeGreaterThan(10);
    const { offset } = await tus('HEAD', upload);
    expect(offset).toBeGreaterThan(0);
    expect(offset).toBeLessThan(LARGE.length);
    const second = await patch(upload, offset, LARGE.subarray(offset));
    expect(second.status).toBe(429);
    expect((await tus('HEAD', upload)).offset).toBe(offset);
    expect(await refusals(url, 'byte_rate')).toBe(2);
    const metadata = { 'upload-length': '10', 'content-type': 'application/offset+octet-stream' };
    const created = await tus('POST', `${url}/uploads`, { headers: metadata, body: 'ten bytes.' });
    expect(created.status).toBe(429);
    expect(await usageOf(url)).toMatchObject({ files: 1 });
  });

  it('slows down what can go on, and the bytes are right', async () => {
    const { url } = await start({ WAYBILL_BYTE_RATE_LIMIT: '400KiB' });
    const upload = await createUpload(url, LARGE.length);
    expect(await patch(upload, 0, LARGE)).toMatchObject({ status: 204, offset: LARGE.length });
    const response = await fetch(upload.replace('/uploads/', '/files/'));
    expect(Buffer.from(await response.arrayBuffer()).equals(LARGE)).toBe(true);
  });

  it('a download of a tenant that has fetched too much is 429, and what is sent meanwhile is not slowed down', async () => {
    const store = new MemoryStore();
    const { url, database } = await start(SLOW, { store });
    const { path } = await storeFile(database, store, { bytes: LARGE });
    const begin = async (): Promise<Response> => {
      const begun = new AbortController();
      const response = await fetch(`${url}${path}`, { signal: begun.signal });
      if (response.status === 200) await response.body!.getReader().read();
      begun.abort();
      return response;
    };
    const refused = await until(begin, ({ status }) => status !== 200);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const upload = await createUpload(url, 10);
    expect((await patch(upload, 0, 'ten bytes.')).status).toBe(204);
  });
});

describe('of many uploads that a tenant begins at once', () => {
  const RATE = { WAYBILL_BYTE_RATE_LIMIT: '64KiB' };
  const AT_ONCE = 100;
  // Twelve fit; each second that passes meanwhile makes room for one more.
  const MOST = 60;

  it('those that would wait too long are 429 before their bytes come, under a checksum too', async () => {
    const { url } = await start(RATE);
    const bytes = Buffer.alloc(100_000);
    const checksum = createHash('sha1').update(bytes).digest('base64');
    const headers = {
      'upload-length': String(bytes.length),
      'upload-checksum': `sha1 ${checksum}`,
      'content-type': 'application/offset+octet-stream',
    };
    const sent: ClientRequest[] = [];
    const begin = (): Promise<number> =>
      new Promise((resolve, reject) => {
        const creation = httpRequest(`${url}/uploads`, {
          method: 'POST',
          agent: false,
          headers: { ...headers, 'tus-resumable': '1.0.0', 'content-length': bytes.length, expect: '100-continue' },
        });
        sent.push(creation);
        creation.on('continue', () => resolve(100)).on('error', reject);
        creation.on('response', ({ statusCode = 0 }) => resolve(statusCode)).flushHeaders();
      });
    const statuses = await Promise.all(Array.from({ length: AT_ONCE }, begin));
    for (const creation of sent) creation.on('error', () => undefined).destroy();
    expect(new Set(statuses)).toEqual(new Set([100, 429]));
    expect(statuses.filter((status) => status === 100).length).toBeLessThan(MOST);
  });
});

describe('quotas', () => {
  it('are 413 over tus, with a line that says why, and a deletion makes room', async () => {
    const { url } = await start({
      WAYBILL_QUOTA_FILES: '2',
      WAYBILL_QUOTA_BYTES: '1KiB',
      WAYBILL_MAX_OPEN_UPLOADS: '9',
    });
    const upload = await createUpload(url, 1_000);
    const headers = { 'upload-length': '25' };
    const refused = await tus('POST', `${url}/uploads`, { headers, body: '' });
    expect(refused.status).toBe(413);
    expect(refused.body).toMatch(/^QUOTA_EXCEEDED: The tenant may store 1024 bytes and has taken 1000; 25 more/);
    expect(refused.headers['retry-after']).toBeUndefined();
    expect((await patch(upload, 0, Buffer.alloc(500))).status).toBe(204);
    expect(await usageOf(url)).toEqual({
      files: 1,
      bytes: 1_000,
      openUploads: 1,
      filesQuota: 2,
      bytesQuota: 1_024,
      openUploadsQuota: 9,
      rateLimit: null,
    });
    expect((await tus('DELETE', upload)).status).toBe(204);
    expect((await tus('POST', `${url}/uploads`, { headers, body: '' })).status).toBe(201);
    expect(await refusals(url, 'quota')).toBe(1);
  });

  it('a creation that is refused for its bytes leaves no reservation', async () => {
    const { url } = await start({ WAYBILL_QUOTA_BYTES: '100' });
    const headers = {
      'upload-length': '10',
      'content-type': 'application/offset+octet-stream',
      'upload-checksum': `sha1 ${Buffer.alloc(20).toString('base64')}`,
    };
    expect((await tus('POST', `${url}/uploads`, { headers, body: 'ten bytes.' })).status).toBe(460);
    expect(await usageOf(url)).toMatchObject({ files: 0, bytes: 0 });
  });

  it('there are none by default', async () => {
    const { url } = await start({});
    const none = { filesQuota: null, bytesQuota: null, openUploadsQuota: null, rateLimit: null };
    expect(await usageOf(url)).toEqual({ files: 0, bytes: 0, openUploads: 0, ...none });
  });
});

describe('of a principal and of keys', () => {
  it('a socket too many is closed with 1013, and another may be opened when one has gone', async () => {
    const instance = await startSignedIn({ env: { WAYBILL_MAX_SOCKETS_PER_PRINCIPAL: '2' } });
    opened.push(() => instance.stop());
    const authorization = `Bearer ${await sign()}`;
    const open = async () => {
      const socket = connectAs(instance.url, { authorization });
      opened.push(() => socket.client.dispose());
      const { done } = await socket.client
        .iterate({ query: '{ viewer { subject } }' })
        .next()
        .catch(() => ({ done: true }));
      return { ...socket, isServed: done !== true };
    };
    const [first, second] = [await open(), await open()];
    expect([first.isServed, second.isServed]).toEqual([true, true]);
    const third = await open();
    expect(third.isServed).toBe(false);
    expect(await third.closed).toMatchObject({ code: 1013 });
    expect(await refusals(instance.url, 'sockets')).toBeGreaterThan(0);
    await first.client.dispose();
    await first.closed;
    let again = await open();
    while (!again.isServed) again = await open();
  });

  it('of many keys that are made at once on two replicas exactly as many as allowed are', async () => {
    const here = await start({ WAYBILL_MAX_API_KEYS_PER_TENANT: '5' });
    const there = await start({ WAYBILL_MAX_API_KEYS_PER_TENANT: '5' }, { database: here.database });
    const create = `mutation { createApiKey(input: { name: "k", roles: [VIEWER] }) {
      ... on CreateApiKeySuccess { apiKey { id } } ... on RequestError { code } } }`;
    type Created = { readonly createApiKey: { readonly apiKey?: { readonly id: string }; readonly code?: string } };
    const make = (at: number): Promise<Created> => request<Created>((at % 2 === 0 ? here : there).url, create);
    const answers = await Promise.all(Array.from({ length: 16 }, (_, at) => make(at)));
    const codes = answers.map(({ createApiKey: { code } }) => code);
    expect(codes.filter((code) => code === undefined)).toHaveLength(5);
    expect(codes.filter((code) => code === 'QUOTA_EXCEEDED')).toHaveLength(11);
    const { id } = answers.find(({ createApiKey: { apiKey } }) => apiKey !== undefined)!.createApiKey.apiKey!;
    await request(here.url, `mutation { revokeApiKey(input: { id: "${id}" }) { __typename } }`);
    expect((await make(1)).createApiKey.apiKey).toBeDefined();
  });
});
