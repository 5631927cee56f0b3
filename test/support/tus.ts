// Single raw tus requests, also those that no correct client would send.
import { once } from 'node:events';
import { type ClientRequest, type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';

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
  const request = httpRequest(url, {
    method,
    headers: {
      ...(bare ? {} : { 'tus-resumable': '1.0.0' }),
      ...(body === undefined || 'transfer-encoding' in headers
        ? {}
        : { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    },
  });
  const answer = answerOf(request);
  request.end(body);
  return await answer;
}

async function answerOf(request: ClientRequest): Promise<TusAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<TusAnswer>();
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

/** Sends `count` bytes of a PATCH that promises all of them, and hangs up once they are on their way. */
export async function cutPatch(url: string, offset: number, body: Uint8Array, count: number): Promise<void> {
  const open = await openPatch(url, offset, body.length);
  await open.send(body.subarray(0, count));
  await open.cut();
}

/** A PATCH whose bytes come when the test says so. */
export interface OpenPatch {
  /** Its answer; rejects when the connection breaks first. */
  readonly answer: Promise<TusAnswer>;
  /** Resolves when the system has taken them, or when there is an answer already. */
  send(bytes: Uint8Array | string): Promise<void>;
  /** No more bytes: for chunked ones, that is the end. */
  end(): void;
  /** Breaks the connection. */
  cut(): Promise<void>;
}

/** @param length null: chunked */
export async function openPatch(
  url: string,
  offset: number,
  length: number | null,
  headers: Readonly<Record<string, string>> = {},
): Promise<OpenPatch> {
  const all = {
    'tus-resumable': '1.0.0',
    'upload-offset': String(offset),
    'content-type': 'application/offset+octet-stream',
    ...(length === null ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(length) }),
    ...headers,
  };
  const request = httpRequest(url, { method: 'PATCH', headers: all, agent: false });
  const answer = answerOf(request);
  // A connection that the test breaks is no error.
  answer.catch(() => undefined);
  request.flushHeaders();
  const [socket] = (await once(request, 'socket')) as [Socket];
  if (socket.connecting) await once(socket, 'connect');
  return {
    answer,
    send: (bytes) =>
      new Promise((resolve) => {
        request.write(bytes, () => resolve());
        // Node reports nothing about bytes written after an answer that closes the connection.
        answer.then(
          () => resolve(),
          () => resolve(),
        );
      }),
    end: () => void request.end(),
    cut: async () => {
      const closed = once(socket, 'close');
      request.destroy();
      await closed;
    },
  };
}
