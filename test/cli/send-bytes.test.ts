// The bytes of one file over tus: through all that can happen to a connection, and what is the end of it.
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Interrupted } from '../../cli/errors.ts';
import { type Sending, sendBytes } from '../../cli/upload/send-bytes.ts';
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

const send = (more: Partial<Sending> = {}, until: AbortSignal = signal): Promise<void> =>
  sendBytes(
    {
      server: { url: tus.url, token: 'secret' },
      uploadUrl,
      source,
      chunkSize: MIB,
      onProgress: (sent) => progress.push(sent),
      onTrouble: (error) => troubles.push((error as Error).message),
      ...more,
    },
    until,
  );

const expectAllThere = (): void => expect(tus.bytesOf(uploadUrl).equals(bytes)).toBe(true);

/** Lets some requests pass, and has its way with so many after them. */
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

it('asks where the server stands, and sends the rest in chunks, with its token', async () => {
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
  expect(tus.requests.slice(4), 'a second time there is nothing to send').toEqual(['HEAD']);
});

it('sends nothing of an empty file', async () => {
  const empty = await Source.open(await dir.write('empty', ''));
  uploadUrl = proxy.urlThrough(await tus.newUpload(0));
  await send({ source: empty });
  expect(tus.requests).toEqual(['HEAD']);
  await empty.close();
});

describe('what may pass is tried again', () => {
  it.each([409, 423, 429, 500, 502, 503])('an answer of %i', async (status) => {
    mishapAfter(2, 2, (_request, response) => response.writeHead(status).end('one moment'));
    await send();
    expectAllThere();
    expect(troubles).toHaveLength(2);
    expect(troubles[0]).toBe(`The server refused its bytes with ${status}: one moment`);
  });

  it('a connection that is cut in mid-chunk: it goes on from what has arrived', async () => {
    let cuts = 0;
    let seen = 0;
    proxy.inspect((chunk, direction) => {
      if (direction === 'toServer') seen += chunk.length;
      if (seen < MIB / 2 || cuts === 3) return true;
      seen = 0;
      cuts += 1;
      return false;
    });
    await send({ chunkSize: Number.POSITIVE_INFINITY });
    expectAllThere();
    expect(cuts).toBe(3);
    expect(tus.requests.filter((request) => request.startsWith('PATCH')).length).toBeGreaterThanOrEqual(4);
    expect(troubles.every((message) => message.includes('the connection broke'))).toBe(true);
  });
});

describe('a network that goes silent', () => {
  it('is given up after a while, and the upload begun anew', async () => {
    let seen = 0;
    let silences = 0;
    proxy.inspect((chunk, direction) => {
      if (direction === 'toServer') seen += chunk.length;
      if (seen > MIB && silences < 2) {
        seen = 0;
        silences += 1;
        proxy.drop('toClient');
        setTimeout(() => proxy.drop(null), 400);
      }
      return true;
    });
    await send({ silenceMs: 300 });
    expectAllThere();
    expect(silences).toBe(2);
    expect(tus.requests.filter((request) => request === 'HEAD').length).toBeGreaterThanOrEqual(2);
  });

  it('for good is an error', async () => {
    proxy.drop('toClient');
    await expect(send({ silenceMs: 50 })).rejects.toMatchObject({ code: 'UNREACHABLE', reason: 'it has gone silent' });
  });
});

describe('what does not pass is the end of it, in the words of the server', () => {
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
    const message = `The server refused its bytes with ${status}: ${text}`;
    await expect(send()).rejects.toMatchObject({ code: 'UPLOAD_REFUSED', status, message });
    expect(troubles).toEqual([]);
  });

  it('and not in those of a proxy', async () => {
    mishapAfter(1, 1, (request, response) => {
      request.resume().on('end', () => response.writeHead(413).end('<html>\n<h1>Too large</h1>\n</html>'));
    });
    await expect(send()).rejects.toMatchObject({ message: 'The server refused its bytes with 413' });
  });

  it('also when the answer has no words, as to HEAD', async () => {
    mishapAfter(0, 1, (_request, response) => response.writeHead(404).end());
    await expect(send()).rejects.toMatchObject({ status: 404, message: 'The server refused its bytes with 404' });
  });
});

it('a file that changes between two chunks is not completed', async () => {
  mishapAfter(2, 1, (request, response) => {
    void appendFile(path, 'more').then(() => response.writeHead(503).end());
    request.resume();
  });
  await expect(send()).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  expect(tus.bytesOf(uploadUrl).length).toBe(MIB);
});

it('a file that changes while its last chunk is read is not completed, and no request is left hanging', async () => {
  let seen = 0;
  proxy.inspect((chunk) => {
    seen += chunk.length;
    if (seen > MIB) appendFileSync(path, 'more');
    return true;
  });
  await expect(send({ chunkSize: Number.POSITIVE_INFINITY })).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  expect(tus.bytesOf(uploadUrl).length).toBeLessThan(bytes.length);
});

it('stops at once when it is interrupted, and is gone on with later', async () => {
  const stop = new AbortController();
  let seen = 0;
  proxy.inspect((chunk) => {
    seen += chunk.length;
    if (seen > MIB) stop.abort(new Interrupted('SIGINT'));
    return true;
  });
  await expect(send({ chunkSize: Number.POSITIVE_INFINITY }, stop.signal)).rejects.toMatchObject({ exitCode: 130 });
  proxy.inspect(null);
  await expect(send({}, stop.signal)).rejects.toMatchObject({ exitCode: 130 });
  await send();
  expectAllThere();
});
