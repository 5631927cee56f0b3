// What tus requests of every kind are answered: status and headers as recorded from @tus/server before it was replaced
// (docs/adr/0015), the unusual ones too. A row that changes is a change of the protocol that clients see.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFile, transition } from '../../support/client.ts';
import { type TusAnswer, createUpload, fileIdOf, metadata, patch, tus } from '../../support/tus.ts';
import { type UploadServer, startUploadServer } from '../../support/upload-server.ts';

const PAGE = 'https://app.example.com';
const BYTES = { 'content-type': 'application/offset+octet-stream' };
const WRONG_MD5 = { 'upload-checksum': `md5 ${Buffer.alloc(16).toString('base64')}` };

const CORS = {
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers':
    'Authorization, Content-Type, Location, Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Concat, ' +
    'Upload-Defer-Length, Upload-Length, Upload-Metadata, Upload-Offset, X-HTTP-Method-Override, X-Requested-With, ' +
    'X-Forwarded-Host, X-Forwarded-Proto, Forwarded, Retry-After, Upload-Expires, Tus-Checksum-Algorithm, X-Request-Id',
};
const PREFLIGHT = {
  'tus-version': '1.0.0',
  'tus-extension': 'creation,creation-with-upload,checksum,expiration,termination',
  'tus-max-size': '1073741824',
  'tus-checksum-algorithm': 'sha1,sha256,md5',
  'access-control-allow-methods': 'POST, HEAD, PATCH, OPTIONS, DELETE',
  'access-control-allow-headers':
    'Authorization, Content-Type, Location, Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Concat, ' +
    'Upload-Defer-Length, Upload-Length, Upload-Metadata, Upload-Offset, X-HTTP-Method-Override, X-Requested-With, ' +
    'X-Forwarded-Host, X-Forwarded-Proto, Forwarded, Upload-Checksum, Idempotency-Key, X-Request-Id',
  'access-control-max-age': '86400',
};
const TEXT = { 'content-type': 'text/plain;charset=UTF-8' };
const SOON = /^\w{3}, .* GMT$/;
/** Of HTTP itself, not of tus. */
const FRAMING = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding', 'x-request-id'];

let waybill: UploadServer;
let uploads: string;
beforeAll(async () => {
  waybill = await startUploadServer({ WAYBILL_MAX_UPLOAD_BYTES: '1GiB', WAYBILL_CORS_ORIGINS: PAGE });
  uploads = `${waybill.url}/uploads`;
});
afterAll(() => waybill.stop());

const newUpload = (): Promise<string> => createUpload(waybill.url, 4, { filetype: 'text/plain', color: 'red' });
const post = (headers: Record<string, string>, body = ''): Promise<TusAnswer> =>
  tus('POST', uploads, { headers, body });

/** The answer has exactly these headers, beside those of HTTP. */
function expectAnswer(answer: TusAnswer, status: number, headers: Record<string, unknown>): void {
  const { 'access-control-allow-origin': _origin, ...rest } = answer.headers;
  const seen = Object.fromEntries(Object.entries(rest).filter(([name]) => !FRAMING.includes(name)));
  expect({ status: answer.status, headers: seen }).toEqual({
    status,
    headers: { 'tus-resumable': '1.0.0', ...CORS, ...headers },
  });
}

describe.each([
  ['no', {}, undefined],
  ['an allowed', { origin: PAGE }, PAGE],
])('a client of %s origin is answered', (_whose, origin, allowed) => {
  const expires = { 'upload-expires': expect.stringMatching(SOON) as unknown };

  it('OPTIONS and HEAD', async () => {
    const preflight = await tus('OPTIONS', uploads, { bare: true, headers: origin });
    expectAnswer(preflight, 204, PREFLIGHT);
    expect(preflight.headers['access-control-allow-origin']).toBe(allowed);
    expectAnswer(await tus('HEAD', await newUpload(), { headers: origin }), 200, {
      ...TEXT,
      ...expires,
      'cache-control': 'no-store',
      'upload-offset': '0',
      'upload-length': '4',
      'upload-metadata': metadata({ filename: 'a.bin', filetype: 'text/plain', color: 'red' }),
    });
  });

  it('POST', async () => {
    const created = { ...TEXT, location: expect.stringMatching(/^http:\/\/127.0.0.1:\d+\/uploads\/file_/) as unknown };
    expectAnswer(await post({ 'upload-length': '4', ...origin }), 201, { ...created, ...expires });
    expectAnswer(await post({ 'upload-length': '0', ...origin }), 201, created);
    const offset = (bytes: number): Record<string, string> => ({ 'upload-offset': String(bytes) });
    const some = { ...created, ...expires };
    expectAnswer(await post({ 'upload-length': '4', ...BYTES, ...origin }), 201, { ...some, ...offset(0) });
    expectAnswer(await post({ 'upload-length': '4', ...BYTES, ...origin }, 'ab'), 201, { ...some, ...offset(2) });
    expectAnswer(await post({ 'upload-length': '4', ...BYTES, ...origin }, 'abcd'), 201, { ...created, ...offset(4) });
  });

  it('PATCH and DELETE', async () => {
    const url = await newUpload();
    expectAnswer(await patch(url, 0, 'ab', origin), 204, { ...expires, 'upload-offset': '2' });
    expectAnswer(await patch(url, 0, 'ab', origin), 409, { ...TEXT, ...expires });
    expectAnswer(await patch(url, 2, 'abc', origin), 413, { ...TEXT, ...expires });
    expectAnswer(await patch(url, 2, 'cd', origin), 204, { 'upload-offset': '4' });
    expectAnswer(await patch(url, 4, '', origin), 204, { 'upload-offset': '4' });
    expectAnswer(await tus('DELETE', url, { headers: origin }), 400, TEXT);
    const other = await newUpload();
    expectAnswer(await tus('DELETE', other, { headers: origin }), 204, {});
    expectAnswer(await tus('DELETE', other, { headers: origin }), 404, TEXT);
    expectAnswer(await tus('HEAD', other, { headers: origin }), 404, { ...TEXT, 'cache-control': 'no-store' });
    const refused = await tus('HEAD', other, { bare: true, headers: origin });
    expectAnswer(refused, 412, { ...TEXT, 'cache-control': 'no-store', 'tus-version': '1.0.0' });
    expect(refused.headers['access-control-allow-origin']).toBe(allowed);
  });
});

describe('a creation', () => {
  it.each([
    [{ 'upload-defer-length': '2' }, 400],
    [{ 'upload-defer-length': '1' }, 501],
    [{ 'upload-length': '1', 'upload-defer-length': '1' }, 400],
    [{ 'upload-length': '1', 'upload-concat': 'x' }, 400],
    [{ 'upload-length': '1', 'upload-metadata': '' }, 400],
    [{ 'upload-length': '1', 'upload-metadata': 'a YQ==, b Yg==' }, 201],
    [{ 'upload-length': '1', 'upload-metadata': 'is_confidential,filename YQ==' }, 201],
    [{ 'upload-length': '1', 'upload-metadata': 'x ,filename YQ==' }, 201],
    [{ 'upload-length': '1', 'upload-metadata': 'fileId' }, 201],
    [{ 'upload-length': '1', 'upload-metadata': 'sha256' }, 201],
    [{ 'upload-length': '1', 'upload-metadata': 'filename,filetype' }, 201],
    [{ 'upload-length': '1', 'upload-checksum': 'x y' }, 400],
    [{ 'upload-length': '1', 'upload-offset': 'x' }, 400],
    [{ 'upload-length': '1', 'tus-version': '0.1' }, 400],
    [{ 'upload-length': '1', 'x-forwarded-proto': 'https' }, 201],
    [{ 'upload-length': '1', 'x-forwarded-proto': 'https,http' }, 400],
    [{ 'upload-length': '1', 'content-type': 'text/plain' }, 201],
  ])('with %j is %i', async (headers, status) => {
    expect(await post(headers)).toMatchObject({ status });
  });

  it('with an Idempotency-Key is the first one again, whatever of its bytes has arrived', async () => {
    const keyed = (headers: Record<string, string>, body = ''): Promise<TusAnswer> =>
      post({ 'upload-length': '4', 'idempotency-key': 'nightly', ...headers }, body);
    const first = await keyed({});
    const { location = '' } = first.headers;
    expect(await keyed({})).toMatchObject({ status: 201, headers: { location } });
    expect(await keyed(BYTES, 'ab')).toMatchObject({ status: 201, offset: 2, headers: { location } });
    expect(await keyed(BYTES, 'ab')).toMatchObject({ status: 201, offset: 2, headers: { location } });
    const other = await keyed({ 'upload-length': '5' });
    expect(other).toMatchObject({ status: 422, body: expect.stringMatching(/^IDEMPOTENCY_MISMATCH: /) as unknown });
    expect(await keyed({ 'idempotency-key': 'x'.repeat(201) })).toMatchObject({ status: 400 });
    expect(await patch(location, 2, 'cd')).toMatchObject({ status: 204, offset: 4 });
    expect(await keyed({})).toMatchObject({ status: 201, headers: { location } });
    // Refused, and kept for the retry.
    const retried = { 'idempotency-key': 'weekly', ...BYTES };
    expect(await keyed({ ...retried, ...WRONG_MD5 }, 'abcd')).toMatchObject({ status: 460 });
    expect(await keyed(retried, 'abcd')).toMatchObject({ status: 201, offset: 4 });
  });

  it.each(['zebra eg==,filename YQ==,apple', 'x ,  filename YQ==', 'is_confidential'])(
    'with the metadata %j has them as they were sent, in the order of the client',
    async (sent) => {
      const { headers } = await post({ 'upload-length': '4', 'upload-metadata': sent });
      expect((await tus('HEAD', headers.location!)).headers['upload-metadata']).toBe(sent);
      await patch(headers.location!, 0, 'abcd');
      expect((await tus('HEAD', headers.location!)).headers['upload-metadata']).toBe(sent);
    },
  );

  it('that is sent again with its metadata in another order is the first one', async () => {
    const keyed = (sent: string): Promise<TusAnswer> =>
      post({ 'upload-length': '4', 'idempotency-key': 'reordered', 'upload-metadata': sent });
    const { location = '' } = (await keyed('b Yg==,a YQ==')).headers;
    expect(await keyed('b Yg==,a YQ==')).toMatchObject({ status: 201, headers: { location } });
    expect(await keyed('a YQ==,b Yg==')).toMatchObject({ status: 201, headers: { location } });
    expect(await keyed('a YQ==')).toMatchObject({ status: 422 });
    expect((await tus('HEAD', location)).headers['upload-metadata']).toBe('b Yg==,a YQ==');
  });

  it('with more metadata than is kept, or by GraphQL, has them as the file has them', async () => {
    const long = metadata({ note: 'x'.repeat(7_000) });
    const { location = '' } = (await post({ 'upload-length': '4', 'upload-metadata': long })).headers;
    const described = metadata({ filename: 'unnamed', filetype: 'application/octet-stream' });
    expect((await tus('HEAD', location)).headers['upload-metadata']).toBe(`${long},${described}`);
    const id = await newFile(waybill.url, { name: 'a.txt', contentType: 'text/plain', transfer: 'MANAGED', size: 4 });
    expect((await tus('HEAD', `${uploads}/${id}`)).headers['upload-metadata']).toBe(
      metadata({ filename: 'a.txt', filetype: 'text/plain' }),
    );
  });

  it('for a registered file is held to its size and its state', async () => {
    const id = fileIdOf(await newUpload());
    const creation = (size: number, more = {}): Record<string, string> => ({
      'upload-length': String(size),
      'upload-metadata': metadata({ fileId: id }),
      ...more,
    });
    expect(await post(creation(5))).toMatchObject({ status: 400 });
    expect(await post(creation(4, BYTES), 'ab')).toMatchObject({ status: 201, offset: 2 });
    expect(await post(creation(4, BYTES), 'ab')).toMatchObject({ status: 409 });
    await transition(waybill.url, id, 'FAIL_UPLOAD');
    expect(await post(creation(4))).toMatchObject({ status: 403 });
    const external = await newFile(waybill.url, { size: 4 });
    const named = { 'upload-length': '4', 'upload-metadata': metadata({ fileId: external }) };
    expect(await post(named)).toMatchObject({ status: 404 });
  });
});
