// A worker: sends bytes as fast as the server takes them, over one connection for each upload.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { answerCalls } from '../workers/answer-calls.ts';

export interface Upload {
  readonly url: string;
  readonly method: 'PATCH' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  /** A multiple of 1 MiB. */
  readonly bytes: number;
  readonly expectStatus: number;
}

export interface Sent {
  /** From the first byte of the first to the answer to the last. */
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const PIECE = randomBytes(2 ** 20);

async function send({ url, method, headers, bytes, expectStatus }: Upload): Promise<void> {
  const upload = request(url, { method, headers: { ...headers, 'content-length': bytes }, agent: false });
  const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
  for (let sent = 0; sent < bytes; sent += PIECE.length) {
    if (!upload.write(PIECE)) await Promise.race([once(upload, 'drain'), answered]);
  }
  upload.end();
  const [response] = await answered;
  const { statusCode } = response;
  const words = (await response.toArray()).join('');
  if (statusCode !== expectStatus) throw new Error(`${method} was answered with ${statusCode}: ${words}`);
}

async function sendAll(uploads: readonly Upload[]): Promise<Sent> {
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  await Promise.all(uploads.map(send));
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

/** The digest of an upload of so many bytes, in lower-case hex. */
function sha256Of(bytes: number): string {
  const hash = createHash('sha256');
  for (let hashed = 0; hashed < bytes; hashed += PIECE.length) hash.update(PIECE);
  return hash.digest('hex');
}

const calls = { sendAll, sha256Of };
export type SenderCalls = typeof calls;

answerCalls(calls);
