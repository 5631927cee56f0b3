// Single tus requests, as raw as a test needs them: what a well-behaved client would never send, too.
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';

export interface TusAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of the answer's Upload-Offset; NaN without one. */
  readonly offset: number;
}

export interface TusOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Left out: what a tus client sends. */
  readonly bare?: boolean;
}

export async function tus(method: string, url: string, options: TusOptions = {}): Promise<TusAnswer> {
  const { headers = {}, body, bare = false } = options;
  const { promise, resolve, reject } = Promise.withResolvers<TusAnswer>();
  const request = httpRequest(url, {
    method,
    headers: {
      ...(bare ? {} : { 'tus-resumable': '1.0.0' }),
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    },
  });
  request.once('error', reject);
  request.once('response', (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.once('end', () => {
      const { statusCode: status = 0, headers: answered } = response;
      resolve({ status, headers: answered, body: text, offset: Number(answered['upload-offset'] ?? Number.NaN) });
    });
    response.once('error', reject);
  });
  request.end(body);
  return await promise;
}

export const metadata = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');

/** POST: an upload of `size` bytes. @returns its URL */
export async function createUpload(base: string, size: number, values: Record<string, string> = {}): Promise<string> {
  const headers = { 'upload-length': String(size), 'upload-metadata': metadata({ filename: 'a.bin', ...values }) };
  const answer = await tus('POST', `${base}/uploads`, { headers, body: '' });
  const { location } = answer.headers;
  if (answer.status !== 201 || location === undefined) throw new Error(`${answer.status} ${answer.body}`);
  return location;
}

export async function patch(
  url: string,
  offset: number,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<TusAnswer> {
  const all = { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', ...headers };
  return await tus('PATCH', url, { headers: all, body });
}

/** The id of the file behind the URL of an upload. */
export const fileIdOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);
