// tus requests that are wrong before any byte arrives: bad creations, missing headers, methods, origins.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClean, expectServing } from '../../support/clean.ts';
import { readFile, request } from '../../support/client.ts';
import { countFiles } from '../../support/operations.ts';
import { exchange } from '../../support/http.ts';
import { type TusAnswer, createUpload, fileIdOf, metadata, patch, tus } from '../../support/tus.ts';
import { type UploadServer, startUploadServer } from '../../support/upload-server.ts';

const PAGE = 'https://app.example.com';

let waybill: UploadServer;
let uploads: string;
beforeAll(async () => {
  waybill = await startUploadServer({ WAYBILL_MAX_UPLOAD_BYTES: '1GiB', WAYBILL_CORS_ORIGINS: PAGE });
  uploads = `${waybill.url}/uploads`;
});
afterAll(() => waybill.stop());

const create = (headers: Record<string, string>, more: object = {}): Promise<TusAnswer> =>
  tus('POST', uploads, { headers, body: '', ...more });

async function expectRefused(asking: Promise<TusAnswer>, status: number): Promise<TusAnswer> {
  const answer = await asking;
  expect(answer.status, answer.body).toBe(status);
  // 501: an extension that is not offered.
  expectClean({ status: status === 501 ? 400 : status, headers: new Headers(), text: answer.body });
  return answer;
}

/** Refused with this status, and no file was made. */
async function expectNoFile(headers: Record<string, string>, status: number): Promise<void> {
  const before = await countFiles(waybill.url);
  await expectRefused(create(headers), status);
  expect(await countFiles(waybill.url)).toEqual(before);
  await expectServing(waybill.url);
}

describe('a creation', () => {
  it.each([
    ['-1', 400],
    ['1.5', 400],
    ['1e3', 400],
    ['0x10', 400],
    [' ', 400],
    ['ten', 400],
    ['NaN', 400],
    ['1, 1', 400],
    ['99999999999999999999', 400],
    [String(2 ** 53 - 1), 413],
    [String(2 ** 30 + 1), 413],
  ])('with the length %j is %i', (length, status) => expectNoFile({ 'upload-length': length }, status));

  it('without a length, with one that comes later, or of parts to join, is refused', async () => {
    await expectNoFile({}, 400);
    await expectNoFile({ 'upload-defer-length': '1' }, 501);
    await expectNoFile({ 'upload-length': '1', 'upload-defer-length': '1' }, 400);
    await expectNoFile({ 'upload-length': '1', 'upload-concat': 'partial' }, 501);
    await expectNoFile({ 'upload-concat': 'final;/uploads/a /uploads/b' }, 501);
  });

  it('of the largest length is taken', async () => {
    expect(await create({ 'upload-length': String(2 ** 30) })).toMatchObject({ status: 201 });
  });

  it.each([
    ['NUL in a name', metadata({ filename: 'a\0b' })],
    ['CRLF in a name', metadata({ filename: 'a\r\nSet-Cookie: a=b' })],
    ['a name that is too long', metadata({ filename: 'x'.repeat(1_025) })],
    ['NUL in a type', metadata({ filetype: 'text/plain\0' })],
    ['CRLF in a type', metadata({ filetype: 'text/html\r\nx: y' })],
    ['a type that is none', metadata({ filetype: 'no type' })],
    ['a digest that is none', metadata({ sha256: 'abc' })],
    ['NUL in a value', metadata({ color: '\0' })],
    ['no base64', 'filename ä=='],
    ['base64 of the wrong length', 'filename abc'],
    ['base64url', `filename ${Buffer.from([0xfb, 0xff, 0xfe]).toString('base64url')}`],
    ['two values', 'filename YQ== YQ=='],
    ['a key twice', 'filename YQ==,filename Yg=='],
    ['no key', ',,'],
    ['a key of every object', 'toString YQ=='],
    ['__proto__', '__proto__ YQ=='],
    ['constructor', 'constructor YQ=='],
    ['more than 16 KiB of it is for Node to refuse, less for us', metadata({ note: '\\'.repeat(9_000) })],
  ])('with %s in its metadata is 400', (_what, text) =>
    expectNoFile({ 'upload-length': '4', 'upload-metadata': text }, 400),
  );

  it('with a megabyte of metadata is 431', async () => {
    const before = await countFiles(waybill.url);
    const head = `POST /uploads HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 4\r\n`;
    const answer = await exchange(waybill.url, `${head}Upload-Metadata: note ${'YWFh'.repeat(2 ** 18)}\r\n\r\n`).catch(
      // The server closes the connection in mid-header.
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect(answer).toMatch(/^HTTP\/1.1 431 |^ECONNRESET$|^EPIPE$/);
    expect(await countFiles(waybill.url)).toEqual(before);
    await expectServing(waybill.url);
  });

  it('names a file by what its client calls it, which is a name and no path', async () => {
    const name = '../../etc/<b>“päth”</b>.html';
    const url = await createUpload(waybill.url, 4, { filename: name, filetype: 'text/html', path: '../x' });
    await patch(url, 0, 'abcd');
    expect((await waybill.held(url)).bytes.toString()).toBe('abcd');
    const { file } = await request<{ file: { name: string; metadata: object; contentUrl: string } }>(
      waybill.url,
      'query ($id: ID!) { file(id: $id) { name metadata contentUrl } }',
      { id: fileIdOf(url) },
    );
    expect(file).toMatchObject({ name, metadata: { path: '../x' } });
    const content = await fetch(file.contentUrl);
    expect(content.headers.get('content-disposition')).not.toContain('../');
    expect((await tus('HEAD', url)).headers['upload-metadata']).toContain(metadata({ filename: name }));
  });

  it('with its first bytes takes no more than it declares, and checks them', async () => {
    const headers = { 'upload-length': '4', 'content-type': 'application/offset+octet-stream' };
    const before = await countFiles(waybill.url);
    await expectRefused(tus('POST', uploads, { headers, body: 'abcde' }), 413);
    const chunked = { ...headers, 'transfer-encoding': 'chunked' };
    await expectRefused(tus('POST', uploads, { headers: chunked, body: 'abcde' }), 413);
    const sum = { ...headers, 'upload-checksum': `sha1 ${Buffer.alloc(20).toString('base64')}` };
    await expectRefused(tus('POST', uploads, { headers: sum, body: 'abcd' }), 460);
    expect(await countFiles(waybill.url)).toEqual(before);
    await expectServing(waybill.url);
  });
});

describe('a request', () => {
  let url: string;
  beforeAll(async () => {
    url = await createUpload(waybill.url, 4);
  });

  it('without Tus-Resumable, or of another version, is 412', async () => {
    const headers = { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
    await expectRefused(tus('POST', uploads, { bare: true, headers: { 'upload-length': '4' }, body: '' }), 412);
    await expectRefused(tus('PATCH', url, { bare: true, headers, body: 'abcd' }), 412);
    await expectRefused(tus('HEAD', url, { bare: true }), 412);
    const other = await expectRefused(tus('HEAD', url, { headers: { 'tus-resumable': '0.2.2' } }), 412);
    expect(other.headers['tus-version']).toBe('1.0.0');
  });

  it.each([
    ['no offset', { 'content-type': 'application/offset+octet-stream' }, [400, 403]],
    ['a negative one', { 'upload-offset': '-1', 'content-type': 'application/offset+octet-stream' }, [400]],
    ['one that is no number', { 'upload-offset': '0x0', 'content-type': 'application/offset+octet-stream' }, [400]],
    ['no content type', { 'upload-offset': '0' }, [400, 403, 415]],
    ['another one', { 'upload-offset': '0', 'content-type': 'application/json' }, [400, 415]],
  ])('to PATCH with %s is refused', async (_what, headers, statuses) => {
    const answer = await tus('PATCH', url, { headers, body: 'abcd' });
    expect(statuses).toContain(answer.status);
    expect(await tus('HEAD', url)).toMatchObject({ offset: 0 });
  });

  it.each([
    ['crc32 AAAA', 400],
    ['sha1', 400],
    ['sha1 AAAA', 400],
    ['', 400],
  ])('with the checksum %j is %i', async (checksum, status) => {
    const answer = await expectRefused(patch(url, 0, 'abcd', { 'upload-checksum': checksum, origin: PAGE }), status);
    expect(answer.headers['access-control-allow-origin']).toBe(PAGE);
    expect(await tus('HEAD', url)).toMatchObject({ offset: 0 });
  });

  it('by a method of the header is by that method, and by no other than those of tus', async () => {
    const other = await createUpload(waybill.url, 4);
    const override = (method: string): Promise<TusAnswer> =>
      tus('POST', other, {
        headers: {
          'x-http-method-override': method,
          'upload-offset': '0',
          'content-type': 'application/offset+octet-stream',
        },
        body: 'ab',
      });
    for (const method of ['toString', 'constructor', 'GET', 'TRACE', 'patch', '__proto__']) {
      expect((await override(method)).status, method).toBeLessThan(500);
    }
    expect(await tus('HEAD', other)).toMatchObject({ offset: 0 });
    expect(await override('PATCH')).toMatchObject({ status: 204, offset: 2 });
    expect(await override('DELETE')).toMatchObject({ status: 204 });
    expect(await readFile(waybill.url, fileIdOf(other))).toBeNull();
    await expectServing(waybill.url);
  });

  it.each(['GET', 'PUT', 'TRACE', 'QUERY'])('by %s is none of ours', async (method) => {
    const answer = await tus(method, url);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expectClean({ status: answer.status, headers: new Headers(), text: answer.body });
  });

  it.each(['a b', '[', 'a/b', 'evil.example:99999', ''])('with the Host %j is answered', async (host) => {
    const answer = await exchange(
      waybill.url,
      `HEAD /uploads/${fileIdOf(url)} HTTP/1.1\r\nHost: ${host}\r\nTus-Resumable: 1.0.0\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 (200|400) /);
    await expectServing(waybill.url);
  });
});

describe('a page', () => {
  it('of another origin is 403, before anything else', async () => {
    const origin = 'https://evil.example.com';
    const before = await countFiles(waybill.url);
    const answer = await expectRefused(create({ 'upload-length': '4', origin }), 403);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    await expectRefused(tus('OPTIONS', uploads, { headers: { origin } }), 403);
    expect(await countFiles(waybill.url)).toEqual(before);
  });

  it('of an allowed origin may send and read what tus needs', async () => {
    const headers = {
      origin: PAGE,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'upload-offset,tus-resumable,content-type,authorization,upload-checksum',
    };
    const preflight = await tus('OPTIONS', uploads, { bare: true, headers });
    expect(preflight).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': PAGE } });
    expect(preflight.headers['access-control-allow-methods']).toMatch(/(?=.*POST)(?=.*HEAD)(?=.*PATCH)(?=.*DELETE)/);
    const allowed = String(preflight.headers['access-control-allow-headers']).toLowerCase().split(/,\s*/);
    expect(allowed).toEqual(
      expect.arrayContaining([
        ...headers['access-control-request-headers'].split(','),
        'upload-length',
        'upload-metadata',
      ]),
    );
    const created = await create({ 'upload-length': '4', origin: PAGE });
    expect(created).toMatchObject({ status: 201, headers: { 'access-control-allow-origin': PAGE } });
    const exposed = String(created.headers['access-control-expose-headers']).toLowerCase().split(/,\s*/);
    expect(exposed).toEqual(expect.arrayContaining(['location', 'upload-offset', 'upload-length', 'upload-expires']));
  });
});
