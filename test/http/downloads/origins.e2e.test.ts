// Which methods /files/{id} takes, and from pages of which origins.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectClean, expectServing } from '../../support/clean.ts';
import { type Answer, exchange, fetchBytes } from '../../support/http.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { type StoredFile, storeFile } from '../../support/stored-file.ts';

const APP = 'https://app.example.com';

type Ask = [path: string, headers?: Record<string, string>, method?: string];

const store = new MemoryStore();
let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance({ store, env: { WAYBILL_CORS_ORIGINS: APP } });
});
afterAll(() => waybill.stop());
afterEach(() => expectServing(waybill.url));

const put = (): Promise<StoredFile> => storeFile(waybill.database, store);
const ask = (...of: Ask): Promise<Answer> => fetchBytes(waybill.url, ...of);

describe('methods', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s is 405', async (method) => {
    const { path } = await put();
    const { status, headers } = await ask(path, {}, method);
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it('OPTIONS lists them', async () => {
    const { status, headers } = await ask('/files/x', {}, 'OPTIONS');
    expect([status, headers['allow']]).toEqual([204, 'GET, HEAD, OPTIONS']);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('an invalid Host header after a valid path is answered', async () => {
    const { path } = await put();
    const text = await exchange(waybill.url, `GET ${path} HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expectClean({ status: 400, headers: new Headers(), text });
  });
});

describe('other origins', () => {
  const EXPOSED = 'ETag, Content-Range, Content-Disposition, Content-Length, Retry-After';

  it('that are allowed may read, and see the headers that matter', async () => {
    const { path, bytes } = await put();
    const { status, headers, body } = await ask(path, { origin: APP });
    expect([status, body]).toEqual([200, bytes]);
    expect(headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': EXPOSED,
      'cross-origin-resource-policy': 'cross-origin',
      vary: 'Authorization, Origin',
    });
    // A page must be able to tell why there is nothing.
    expect(await ask('/files/x', { origin: APP })).toMatchObject({
      status: 404,
      headers: { 'access-control-allow-origin': APP },
    });
  });

  it('that are allowed pass their preflight', async () => {
    const asked = { origin: APP, 'access-control-request-method': 'GET', 'access-control-request-headers': 'range' };
    const { status, headers } = await ask('/files/x', asked, 'OPTIONS');
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
    });
    expect(headers['access-control-allow-headers']).toMatch(/\bRange\b/);
  });

  it.each(['https://evil.example', 'null', 'no origin'])('%s is 403, and learns nothing', async (origin) => {
    const { path } = await put();
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const { status, headers } = await ask(path, { origin }, method);
      expect([status, headers['access-control-allow-origin'], headers['etag']]).toEqual([403, undefined, undefined]);
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    }
  });

  it('our own is served', async () => {
    const { path } = await put();
    const { status, headers } = await ask(path, { origin: waybill.url });
    expect([status, headers['cross-origin-resource-policy']]).toEqual([200, 'same-origin']);
  });
});
