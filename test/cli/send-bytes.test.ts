// Sending the bytes of one file over tus: transient errors, permanent errors, and a file that changes.
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openServer } from '../../cli/api/server.ts';
import { Interrupted } from '../../cli/errors.ts';
import { type SendOptions, sendBytes } from '../../cli/upload/send-bytes.ts';
import { Source } from '../../cli/upload/source.ts';
import { type TemporaryDir, createTemporaryDir } from '../support/temporary-dir.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { type TusServer, startTusServer } from '../support/tus-server.ts';

const MIB = 1_024 ** 2;
const bytes = randomBytes(3 * MIB);
const { signal } = new AbortController();

let dir: TemporaryDir;
let path: string;
let source: Source;
let tus: TusServer;
/** Between the two. */
let proxy: TcpProxy;
let uploadUrl: string;
let progress: number[];
let troubles: string[];
beforeEach(async () => {
  dir = await createTemporaryDir();
  path = await dir.write('a.bin', bytes);
  source = await Source.open(path);
  tus = await startTusServer();
  proxy = await startTcpProxy(Number(new URL(tus.url).port));
  uploadUrl = proxy.urlThrough(await tus.newUpload(bytes.length));
  progress = [];
  troubles = [];
});
afterEach(async () => {
  await source.close();
  await proxy.close();
  await tus.close();
  await dir.remove();
});

const send = (more: Partial<SendOptions> = {}, until: AbortSignal = signal): Promise<void> =>
  sendBytes(
    {
      server: openServer(tus.url, 'secret'),
      uploadUrl,
      source,
      limiter: null,
      chunkSize: MIB,
      onProgress: (sent) => progress.push(sent),
      onRetry: (error) => troubles.push((error as Error).message),
      ...more,
    },
    until,
  );

const expectAllThere = (): void => expect(tus.bytesOf(uploadUrl).equals(bytes)).toBe(true);

/** Lets `passing` requests through, then handles `count` of them itself. */
function mishapAfter(
  passing: number,
  count: number,
  mishap: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  let seen = 0;
  tus.use((request, response) => {
    seen += 1;
    if (seen <= passing || seen > passing + count) return false;
    mishap(request, response);
    return true;
  });
}

it('asks for the offset, and sends the rest in chunks, with the token', async () => {
  const tokens = new Set<unknown>();
  tus.use(({ headers }) => {
    tokens.add(headers.authorization);
    return false;
  });
  await send();
  expectAllThere();
  expect(tus.requests).toEqual(['HEAD', 'PATCH 0', `PATCH ${MIB}`, `PATCH ${2 * MIB}`]);
  expect([...tokens]).toEqual(['Bearer secret']);
  expect(progress.at(-1)).toBe(bytes.length);
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  await send();
  expect(tus.requests.slice(4), 'nothing to send the second time').toEqual(['HEAD']);
});

it('sends no PATCH for an empty file', async () => {
  const empty = await Source.open(await dir.write('empty', ''));
  uploadUrl = proxy.urlThrough(await tus.newUpload(0));
  await send({ source: empty });
  expect(tus.requests).toEqual(['HEAD']);
  await empty.close();
});

describe('transient errors are retried', () => {
  it.each([409, 423, 429, 500, 502, 503])('an answer of %i', async (status) => {
    mishapAfter(2, 2, (_request, response) => response.writeHead(status).end('one moment'));
    await send();
    expectAllThere();
    expect(troubles).toHaveLength(2);
    expect(troubles[0]).toBe(`The server refused the bytes with ${status}: one moment`);
  });

  it('a connection cut in the middle of a chunk: resumes from what has arrived', async () => {
    let cuts = 0;
    const cut = (): void => {
      cuts += 1;
      proxy.cut();
      if (cuts < 3) proxy.afterBytes(MIB / 2, cut);
    };
    proxy.afterBytes(MIB / 2, cut);
    await send({ chunkSize: Number.POSITIVE_INFINITY });
    expectAllThere();
    expect(cuts).toBe(3);
    expect(tus.requests.filter((request) => request.startsWith('PATCH')).length).toBeGreaterThanOrEqual(4);
    expect(troubles.every((message) => message.includes('the connection broke'))).toBe(true);
  });
});

describe('a network that stops responding', () => {
  it('makes the upload restart after a while', async () => {
    let silences = 0;
    const fallSilent = (): void => {
      silences += 1;
      proxy.swallow('toClient');
      setTimeout(() => void proxy.restore(), 400);
      if (silences < 2) proxy.afterBytes(MIB, fallSilent);
    };
    proxy.afterBytes(MIB, fallSilent);
    await send({ silenceMs: 300 });
    expectAllThere();
    expect(silences).toBe(2);
    expect(tus.requests.filter((request) => request === 'HEAD').length).toBeGreaterThanOrEqual(2);
  });

  it('for good ends in an error', async () => {
    proxy.swallow('toClient');
    await expect(send({ silenceMs: 50 })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      reason: 'it stopped responding',
    });
  });
});

describe('permanent errors end the upload, with the message of the server', () => {
  it.each([
    [403, 'FORBIDDEN'],
    [404, 'no such upload'],
    [410, 'it is gone'],
    [413, 'too large'],
    [460, 'DIGEST_MISMATCH'],
    [507, 'the disk is full'],
  ])('%i', async (status, text) => {
    mishapAfter(1, Number.POSITIVE_INFINITY, (request, response) => {
      request.resume().on('end', () => response.writeHead(status).end(`${text}\n`));
    });
    const message = `The server refused the bytes with ${status}: ${text}`;
    await expect(send()).rejects.toMatchObject({ code: 'UPLOAD_REFUSED', status, message });
    expect(troubles).toEqual([]);
  });

  it('but not with the page of a proxy', async () => {
    mishapAfter(1, 1, (request, response) => {
      request.resume().on('end', () => response.writeHead(413).end('<html>\n<h1>Too large</h1>\n</html>'));
    });
    const message = /^A proxy in front of the server refused the bytes with 413: .*--chunk-size/;
    await expect(send()).rejects.toMatchObject({ message: expect.stringMatching(message) as string });
  });

  it('also when the response has no body, as to HEAD', async () => {
    mishapAfter(0, 1, (_request, response) => response.writeHead(404).end());
    await expect(send()).rejects.toMatchObject({ status: 404, message: 'The server refused the bytes with 404' });
  });
});

it('a server that takes bytes and stores none is given up after a few requests, further apart each time', async () => {
  mishapAfter(1, Number.POSITIVE_INFINITY, (request, response) => {
    request.resume().on('end', () => response.writeHead(204, { 'Tus-Resumable': '1.0.0', 'Upload-Offset': 0 }).end());
  });
  const message = expect.stringContaining('it answered 204 with Upload-Offset 0 to 5 requests') as string;
  await expect(send()).rejects.toMatchObject({ code: 'UPLOAD_STUCK', message });
  expect(tus.requests).toEqual(['HEAD', ...Array<string>(5).fill('PATCH 0')]);
  expect(troubles).toHaveLength(4);
});

it('an internal error of the server is retried a few times only, as each retry sends the bytes again', async () => {
  mishapAfter(1, Number.POSITIVE_INFINITY, (request, response) => {
    request.resume().on('end', () => response.writeHead(500).end('broken'));
  });
  await expect(send()).rejects.toMatchObject({ status: 500 });
  expect(tus.requests.filter((request) => request.startsWith('PATCH')).length).toBeLessThanOrEqual(5);
}, 15_000);

it('a file that changes between two chunks is not completed', async () => {
  mishapAfter(2, 1, (request, response) => {
    void appendFile(path, 'more').then(() => response.writeHead(503).end());
    request.resume();
  });
  await expect(send()).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  expect(tus.bytesOf(uploadUrl).length).toBe(MIB);
});

it('a file that changes while its last chunk is read is not completed, and no request hangs', async () => {
  proxy.afterBytes(MIB, () => appendFileSync(path, 'more'));
  await expect(send({ chunkSize: Number.POSITIVE_INFINITY })).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  expect(tus.bytesOf(uploadUrl).length).toBeLessThan(bytes.length);
});

it('stops at once when interrupted, and resumes later', async () => {
  const stop = new AbortController();
  proxy.afterBytes(MIB, () => stop.abort(new Interrupted('SIGINT')));
  await expect(send({ chunkSize: Number.POSITIVE_INFINITY }, stop.signal)).rejects.toMatchObject({ exitCode: 130 });
  await expect(send({}, stop.signal)).rejects.toMatchObject({ exitCode: 130 });
  await send();
  expectAllThere();
});
