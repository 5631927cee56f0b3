// What clients see of every PATCH: status, headers, and when its bytes are asked for.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange } from '../../support/http.ts';
import { createUpload, fileIdOf, patch, tus } from '../../support/tus.ts';
import { type UploadServer, startUploadServer } from '../../support/upload-server.ts';

const PAGE = 'https://app.example.com';
const BYTES = { 'content-type': 'application/offset+octet-stream' };
const WRONG_MD5 = { 'upload-checksum': `md5 ${Buffer.alloc(16).toString('base64')}` };

/** Of HTTP itself, not of tus. */

let waybill: UploadServer;
let uploads: string;
beforeAll(async () => {
  waybill = await startUploadServer({ WAYBILL_MAX_UPLOAD_BYTES: '1GiB', WAYBILL_CORS_ORIGINS: PAGE });
  uploads = `${waybill.url}/uploads`;
});
afterAll(() => waybill.stop());

const newUpload = (): Promise<string> => createUpload(waybill.url, 4, { filetype: 'text/plain', color: 'red' });

describe('a PATCH', () => {
  it.each([
    [{ ...BYTES }, 403],
    [{ 'upload-offset': '0' }, 415],
    [{ 'upload-offset': '0', 'content-type': 'a/b' }, 415],
    [{ 'upload-offset': '0', 'content-type': 'Application/Offset+Octet-Stream; a=b' }, 204],
    [{ 'upload-offset': 'x', ...BYTES }, 400],
    [{ 'upload-offset': '0', ...BYTES, 'upload-length': '4' }, 501],
    [{ 'upload-offset': '0', ...BYTES, 'upload-metadata': ',' }, 400],
    [{ 'upload-offset': '0', ...BYTES, ...WRONG_MD5 }, 460],
    [{ 'upload-offset': '1', ...BYTES, 'upload-concat': 'partial' }, 409],
  ])('with %j is %i', async (headers, status) => {
    const url = await newUpload();
    expect(await tus('PATCH', url, { headers, body: 'ab' })).toMatchObject({ status });
    expect(await tus('HEAD', url)).toMatchObject({ status: 200, offset: status === 204 ? 2 : 0 });
  });

  it('may come as a GET that says so', async () => {
    const headers = { ...BYTES, 'upload-offset': '0', 'x-http-method-override': 'PATCH' };
    expect(await tus('GET', await newUpload(), { headers, body: 'ab' })).toMatchObject({ status: 204, offset: 2 });
  });

  it('is asked for its bytes when everything else is right', async () => {
    const url = await newUpload();
    const send = (offset: number): Promise<string> =>
      exchange(
        waybill.url,
        `PATCH /uploads/${fileIdOf(url)} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nContent-Length: 2\r\n` +
          `Content-Type: application/offset+octet-stream; a=b\r\nUpload-Offset: ${offset}\r\n` +
          'Expect: 100-continue\r\nConnection: close\r\n\r\nab',
      );
    expect(await send(1)).toMatch(/^HTTP\/1.1 409 /);
    expect(await send(0)).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 204 /);
  });

  it('whose bytes are left unread closes the connection, one that was read does not', async () => {
    const url = await newUpload();
    expect((await patch(url, 3, 'ab')).headers.connection).toBe('close');
    expect((await patch(url, 0, 'ab', WRONG_MD5)).headers.connection).toBe('keep-alive');
    expect((await patch(url, 0, 'ab')).headers.connection).toBe('keep-alive');
  });
});

it('the URL of an upload ends with its id', async () => {
  const url = await newUpload();
  const id = fileIdOf(url);
  for (const path of [`${id}/`, `${id}?a=b`, id.replace('_', '%5F')]) {
    expect(await tus('HEAD', `${uploads}/${path}`), path).toMatchObject({ status: 200 });
  }
  for (const path of ['', 'x', '%ff', 'uploads']) {
    expect(await tus('HEAD', `${uploads}/${path}`), path).toMatchObject({ status: 404 });
  }
  expect(await tus('GET', url)).toMatchObject({ status: 404 });
  const overridden = await tus('GET', url, { headers: { 'x-http-method-override': 'HEAD' } });
  expect(overridden).toMatchObject({ status: 200, offset: 0 });
  expect(await tus('PUT', url)).toMatchObject({ status: 405 });
});
