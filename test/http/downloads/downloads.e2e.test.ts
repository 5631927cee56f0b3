// GET and HEAD /files/{id}, as clients and browsers see them.
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { expectServing } from '../../support/clean.ts';
import { type Answer, fetchBytes } from '../../support/http.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { type StoreOptions, type StoredFile, storeFile } from '../../support/stored-file.ts';

type Ask = [path: string, headers?: Record<string, string>, method?: string];

const store = new MemoryStore();
let waybill: Instance;
beforeAll(async () => {
  waybill = await startInstance({ store });
});
afterAll(() => waybill.stop());
afterEach(async () => {
  await expectServing(waybill.url);
  expect(store.open.size, 'streams of the store left open').toBe(0);
});

const put = (options: StoreOptions = {}): Promise<StoredFile> => storeFile(waybill.database, store, options);

const ask = (...of: Ask): Promise<Answer> => fetchBytes(waybill.url, ...of);

const GUARDS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
  vary: 'Authorization, Origin',
};

describe('a file', () => {
  it('is sent with all its headers, and HEAD has the same ones', async () => {
    const { path, bytes, etag } = await put({ bytes: randomBytes(100_000), cuts: [40_000], row: { name: 'a.txt' } });
    const whole = {
      ...GUARDS,
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
      'content-disposition': 'attachment; filename=a.txt',
      'content-length': '100000',
      'content-type': 'text/plain',
      etag,
    };
    const got = await ask(path);
    expect(got).toMatchObject({ status: 200, headers: whole });
    expect(got.body.equals(bytes)).toBe(true);
    const sent = store.sent;
    expect(await ask(path, {}, 'HEAD')).toMatchObject({ status: 200, headers: whole, body: Buffer.alloc(0) });
    expect(store.sent, 'HEAD touches no byte').toBe(sent);
  });

  it('of no bytes is sent too', async () => {
    const { path, etag } = await put({ bytes: Buffer.alloc(0) });
    const answer = await ask(path, { range: 'bytes=0-' });
    expect(answer).toMatchObject({ status: 200, headers: { 'content-length': '0', etag }, body: Buffer.alloc(0) });
  });

  it.each(['text/html', 'text/html; charset=utf-7', 'image/svg+xml', 'application/xhtml+xml', 'application/pdf'])(
    'of the type %s is never rendered as a page of ours',
    async (type) => {
      const bytes = Buffer.from('<script>alert(document.domain)</script>');
      const { path } = await put({ bytes, row: { content_type: type, name: 'x.html' } });
      const disposition = 'attachment; filename=x.html';
      expect((await ask(path)).headers).toMatchObject({
        ...GUARDS,
        'content-type': type,
        'content-disposition': disposition,
      });
      expect((await ask(path, { range: 'bytes=0-7' })).headers).toMatchObject({
        ...GUARDS,
        'content-disposition': disposition,
      });
    },
  );

  it.each([
    ['a "quoted".txt', String.raw`attachment; filename="a \"quoted\".txt"`],
    ['文件.txt', `attachment; filename="??.txt"; filename*=UTF-8''%E6%96%87%E4%BB%B6.txt`],
    ['../../../etc/passwd', 'attachment; filename=passwd'],
    ['a\r\nSet-Cookie: evil=1', 'attachment; filename="aSet-Cookie: evil=1"'],
  ])('by the name of %j is offered under a harmless one', async (name, disposition) => {
    const { path } = await put({ row: { name } });
    const { status, headers } = await ask(path);
    expect([status, headers['content-disposition'], headers['set-cookie']]).toEqual([200, disposition, undefined]);
  });

  it('with a media type that is no valid header is sent as application/octet-stream', async () => {
    const { path } = await put({ row: { content_type: 'a/b\r\nSet-Cookie: evil=1' } });
    const { status, headers } = await ask(path);
    expect([status, headers['content-type']]).toEqual([200, 'application/octet-stream']);
  });
});

describe('a part', () => {
  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=-5', 95_000 - 5, 95_000],
    ['bytes=5-', 5, 95_000],
    ['bytes=29999-30000', 29_999, 30_001],
    ['bytes=10-94989', 10, 94_990],
    ['bytes=94999-200000', 94_999, 95_000],
  ])('%s is given, across segments too', async (range, start, end) => {
    const { path, bytes } = await put({ bytes: randomBytes(95_000), cuts: [30_000, 60_000, 90_000] });
    const { status, headers, body } = await ask(path, { range });
    expect([status, headers['content-range']]).toEqual([206, `bytes ${start}-${end - 1}/95000`]);
    expect(headers['content-length']).toBe(String(end - start));
    expect(body.equals(bytes.subarray(start, end))).toBe(true);
  });

  it('beyond the end is 416 with the size', async () => {
    const { path } = await put();
    for (const range of ['bytes=12-', 'bytes=12-13', 'bytes=100-200']) {
      const { status, headers } = await ask(path, { range });
      expect([status, headers['content-range']], range).toEqual([416, 'bytes */12']);
    }
  });

  it.each(['bytes=5-2', 'bytes=0-1,4-5', 'bytes=x', 'lines=0-1', 'nonsense', `bytes=${'0-0,'.repeat(2_000)}0-0`])(
    'asked for as %.30s is the whole',
    async (range) => {
      const { path, bytes } = await put();
      const { status, headers, body } = await ask(path, { range });
      expect([status, headers['content-range'], body]).toEqual([200, undefined, bytes]);
    },
  );

  it('is sent for If-Range only if the content is still the same', async () => {
    const { path, etag } = await put();
    expect((await ask(path, { range: 'bytes=7-', 'if-range': etag })).body.toString()).toBe('world');
    expect(await ask(path, { range: 'bytes=7-', 'if-range': '"older"' })).toMatchObject({ status: 200 });
  });
});

describe('a precondition', () => {
  it('saves a download of what the client has', async () => {
    const { path, etag } = await put();
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, body } = await ask(path, { 'if-none-match': `"x", W/${etag}` }, method);
      expect([status, body.length]).toEqual([304, 0]);
      expect(headers).toMatchObject({ ...GUARDS, etag, 'cache-control': 'private, no-cache' });
    }
    expect((await ask(path, { 'if-none-match': '"x"' })).status).toBe(200);
  });

  it('refuses content that has changed', async () => {
    const { path, etag } = await put();
    expect((await ask(path, { 'if-match': etag })).status).toBe(200);
    const { status, body } = await ask(path, { 'if-match': '"x"' });
    expect([status, body.toString()]).toEqual([412, 'The content has changed.\n']);
  });
});

describe('404, all alike', () => {
  it('for files that are foreign, unknown, malformed or not complete', async () => {
    const foreign = await put({ row: { tenant: 'other' } });
    const external = await put({ row: { transfer: 'EXTERNAL' } });
    const uploading = await put({ row: { state: 'UPLOADING' } });
    const { path } = await put();
    const paths = [
      ...[foreign, external, uploading].map((file) => file.path),
      path.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      path.toUpperCase().replace('/FILES/FILE_', '/files/file_'),
      path.replace('file_', 'transition_'),
      path.replace('file_', 'file%5F'),
      `${path}/`,
      `${path}/x`,
      '/files/',
      '/files/x',
      '/files/%00',
      `/files/${'x'.repeat(10_000)}`,
    ];
    const answers = await Promise.all(paths.map((each) => ask(each, { range: 'bytes=0-0', 'if-none-match': '*' })));
    const seen = answers.map(({ status, headers: { date: _date, 'x-request-id': _id, ...headers }, body }) =>
      JSON.stringify([status, headers, body.toString()]),
    );
    expect(new Set(seen).size, [...new Set(seen)].join('\n')).toBe(1);
    expect(answers[0]).toMatchObject({ status: 404, headers: GUARDS });
    expect((await ask('/files')).status).toBe(404);
    expect((await ask(`${path}?download=1`)).status).toBe(200);
  });
});
