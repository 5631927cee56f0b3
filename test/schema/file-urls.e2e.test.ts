// File.uploadUrl and File.contentUrl: whether they are there, and where they lead.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createClient } from 'graphql-ws';
import { newFile, request, send } from '../support/client.ts';
import { JSON_HEADERS, exchange } from '../support/http.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { type StoreOptions, type StoredFile, storeFile } from '../support/stored-file.ts';

interface Urls {
  readonly uploadUrl: string | null;
  readonly contentUrl: string | null;
}

const READ = 'query ($id: ID!) { file(id: $id) { uploadUrl contentUrl } }';
const WATCH = 'subscription ($id: ID!) { file(id: $id) { uploadUrl contentUrl } }';
const FAILED = { state: 'FAILED', failure: { code: 'BROKEN', message: '', retryable: true } };

const store = new MemoryStore();
let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance({ store });
});
afterAll(() => waybill.stop());

const put = (options: StoreOptions = {}): Promise<StoredFile> => storeFile(waybill.database, store, options);

async function read(url: string, id: string): Promise<Urls> {
  return (await request<{ file: Urls }>(url, READ, { id })).file;
}

/** As a client behind proxies would ask. */
async function readWith(headers: Record<string, string>, id: string): Promise<Urls> {
  const body = JSON.stringify({ query: READ, variables: { id } });
  const head = Object.entries({ ...JSON_HEADERS, ...headers, 'content-length': String(body.length) });
  const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const text = await exchange(waybill.url, `POST /graphql HTTP/1.1\r\nconnection: close\r\n${lines}\r\n${body}`);
  return (JSON.parse(/\{"data".*\}/.exec(text)?.[0] ?? text) as { data: { file: Urls } }).data.file;
}

describe('a file', () => {
  it('that wants bytes says where to send them, and nothing of its content', async () => {
    const id = await newFile(waybill.url, { transfer: 'MANAGED', size: 5 });
    const wanting = { uploadUrl: `${waybill.url}/uploads/${id}`, contentUrl: null };
    expect(await read(waybill.url, id)).toEqual(wanting);
    await waybill.database.query(`update file set state = 'UPLOADING', attempts = 1 where id = $1`, [id.slice(5)]);
    expect(await read(waybill.url, id)).toEqual(wanting);
  });

  it.each(['PROCESSING', 'INDEXED'])('that is %s says where its content is, and there it is', async (state) => {
    const { id, bytes } = await put({ row: { state } });
    const urls = await read(waybill.url, id);
    expect(urls).toEqual({ uploadUrl: null, contentUrl: `${waybill.url}/files/${id}` });
    expect(Buffer.from(await (await fetch(urls.contentUrl!)).arrayBuffer())).toEqual(bytes);
  });

  it('that has failed has its content if it was complete', async () => {
    const whole = await put({ row: FAILED });
    expect((await read(waybill.url, whole.id)).contentUrl).toBe(`${waybill.url}/files/${whole.id}`);
    const half = await put({ row: { ...FAILED, bytes_received: 5 } });
    expect(await read(waybill.url, half.id)).toEqual({ uploadUrl: null, contentUrl: null });
  });

  it('whose bytes go elsewhere has neither', async () => {
    const id = await newFile(waybill.url, { transfer: 'EXTERNAL', size: 5 });
    expect(await read(waybill.url, id)).toEqual({ uploadUrl: null, contentUrl: null });
    const { id: done } = await put({ row: { transfer: 'EXTERNAL' } });
    expect(await read(waybill.url, done)).toEqual({ uploadUrl: null, contentUrl: null });
  });
});

describe('the base', () => {
  it('is the Host of the request, with the protocol that a proxy has spoken', async () => {
    const { id } = await put();
    const host = 'files.localhost:8443';
    expect((await readWith({ host }, id)).contentUrl).toBe(`http://${host}/files/${id}`);
    const forwarded = await readWith({ host, 'x-forwarded-proto': 'https' }, id);
    expect(forwarded.contentUrl).toBe(`https://${host}/files/${id}`);
    expect((await readWith({ host, 'x-forwarded-proto': 'gopher' }, id)).contentUrl).toBe(`http://${host}/files/${id}`);
  });

  it.each(['evil.example/x', 'me@evil.example', 'evil.example?', 'evil.example#'])(
    'is not taken from the Host %s, which is refused',
    async (host) => {
      const text = await exchange(
        waybill.url,
        `GET /graphql?query={__typename} HTTP/1.1\r\nConnection: close\r\nHost: ${host}\r\n\r\n`,
      );
      expect(text).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  it('is that of the upgrade over a WebSocket', async () => {
    const { id } = await put();
    class Proxied extends WebSocket {
      constructor(url: string, protocols: string | string[]) {
        super(url, protocols, { headers: { host: 'sockets.localhost', 'x-forwarded-proto': 'https' } });
      }
    }
    const client = createClient({ url: `${waybill.url.replace('http', 'ws')}/graphql`, webSocketImpl: Proxied });
    try {
      const first = await client.iterate<{ file: Urls }>({ query: WATCH, variables: { id } }).next();
      const { data } = first.value as { data: { file: Urls } };
      expect(data.file.contentUrl).toBe(`https://sockets.localhost/files/${id}`);
    } finally {
      await client.dispose();
    }
  });

  it('is WAYBILL_PUBLIC_URL where that is set, with its path and without its slash', async () => {
    const env = { WAYBILL_PUBLIC_URL: 'https://example.com/waybill/' };
    const other = await startInstance({ env, database: waybill.database, store });
    try {
      const id = await newFile(other.url, { transfer: 'MANAGED', size: 5 });
      expect((await read(other.url, id)).uploadUrl).toBe(`https://example.com/waybill/uploads/${id}`);
      const query = 'query { files(first: 1) { edges { node { uploadUrl } } } }';
      const { data } = await send<{ files: { edges: { node: Urls }[] } }>(other.url, query);
      expect(data?.files.edges[0]?.node.uploadUrl).toBe(`https://example.com/waybill/uploads/${id}`);
    } finally {
      await other.stop();
    }
  });
});
